/* SPDX-License-Identifier: Apache-2.0 */
#include "certificates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/foreign.h"

static void add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void fill(X509 *cert, const test_wish *wish, const test_pair *issuer)
{
    static long serial;
    X509_NAME *name = X509_get_subject_name(cert);
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)wish->name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert)), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -7200));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert),
                                    wish->not_after_s == 0 ? 86400 : wish->not_after_s));
    if (issuer->cert == cert) {
        add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    if (wish->alt_name != NULL) {
        add_extension(cert, NID_subject_alt_name, wish->alt_name);
    }
}

test_pair test_pair_new(const test_wish *wish, const test_pair *issuer)
{
    test_pair made = {.cert = X509_new()};
    made.key = EVP_EC_gen(wish->curve);
    assert_non_null(made.cert);
    assert_non_null(made.key);
    const test_pair *signer = issuer == NULL ? &made : issuer;
    assert_int_equal(X509_set_pubkey(made.cert, made.key), 1);
    fill(made.cert, wish, signer);
    assert_true(X509_sign(made.cert, signer->key, EVP_sha256()) > 0);
    return made;
}

void test_pair_free(test_pair *pair)
{
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
    *pair = (test_pair){0};
}

void test_write_pem(const char *path, X509 *cert)
{
    CIHSM_AUTO(bio_cleanup) BIO *file = BIO_new_file(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_bio_X509(file, cert), 1);
}
