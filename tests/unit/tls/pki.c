/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/tls/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

EVP_PKEY *pki_key(const char *kind)
{
    EVP_PKEY *key = strcmp(kind, "RSA") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
                                             : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
    assert_non_null(key);
    return key;
}

static X509_NAME *name_of(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    assert_non_null(name);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)common_name, -1, -1, 0),
                     1);
    return name;
}

static X509 *issue(const char *common_name, EVP_PKEY *key, const X509 *issuer, EVP_PKEY *signer,
                   bool is_ca)
{
    static long serial = 1;
    X509 *made = X509_new();
    X509_NAME *name = name_of(common_name);
    assert_non_null(made);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 24L * 3600);
    X509_set_subject_name(made, name);
    X509_set_issuer_name(made, issuer == NULL ? name : X509_get_subject_name(issuer));
    X509_NAME_free(name);
    assert_int_equal(X509_set_pubkey(made, key), 1);
    if (is_ca) {
        X509_EXTENSION *ca =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        assert_int_equal(X509_add_ext(made, ca, -1), 1);
        X509_EXTENSION_free(ca);
    }
    assert_true(X509_sign(made, signer, EVP_sha256()) > 0);
    return made;
}

pki *pki_new(void)
{
    pki *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->root_key = pki_key("P-256");
    made->issuer_key = pki_key("P-256");
    made->server_key = pki_key("P-256");
    made->root = issue("Test Root", made->root_key, NULL, made->root_key, true);
    made->issuer = issue("Test Issuer", made->issuer_key, made->root, made->root_key, true);
    made->server = issue(PKI_HOST, made->server_key, made->issuer, made->issuer_key, false);
    return made;
}

void pki_free(pki **of)
{
    pki *gone = *of;
    if (gone != NULL) {
        X509_free(gone->root);
        X509_free(gone->issuer);
        X509_free(gone->server);
        EVP_PKEY_free(gone->root_key);
        EVP_PKEY_free(gone->issuer_key);
        EVP_PKEY_free(gone->server_key);
        free(gone);
        *of = NULL;
    }
}

X509 *pki_leaf(const pki *of, const char *common_name, EVP_PKEY *key)
{
    return issue(common_name, key, of->issuer, of->issuer_key, false);
}

STACK_OF(X509) * pki_chain(const pki *of)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    X509_up_ref(of->issuer);
    assert_true(sk_X509_push(list, of->issuer) > 0);
    return list;
}

EVP_PKEY *pki_public_half(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    const int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    const unsigned char *at = der;
    EVP_PKEY *half = d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    assert_non_null(half);
    return half;
}
