/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "cihsm/csr.h"
#include "identity/csr.h"
#include "unit/identity/fixture.h"

static X509_REQ *build(const cihsm_csr_spec *spec, EVP_PKEY *key)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    if (identity_csr_build(spec, key, key, &csr, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(ERR_peek_error(), 0);
    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    CIHSM_AUTO(bio_cleanup) BIO *from = BIO_new_mem_buf(bytes, (int)len);
    X509_REQ *request = PEM_read_bio_X509_REQ(from, NULL, NULL, NULL);
    assert_non_null(request);
    return request;
}

static void add_part(X509_NAME *to, const char *type, int encoding, const char *value, int set)
{
    assert_int_equal(
        X509_NAME_add_entry_by_txt(to, type, encoding, (const unsigned char *)value, -1, -1, set),
        1);
}

/* An order, encodings and a double part that no text form of ours would make. */
static X509_NAME *odd_name(void)
{
    X509_NAME *name = X509_NAME_new();
    assert_non_null(name);
    add_part(name, "CN", V_ASN1_PRINTABLESTRING, "first", 0);
    add_part(name, "C", V_ASN1_PRINTABLESTRING, "DE", 0);
    add_part(name, "O", V_ASN1_T61STRING, "plain", 0);
    add_part(name, "OU", V_ASN1_UTF8STRING, "M\xc3\xbcller", -1);
    add_part(name, "CN", V_ASN1_BMPSTRING, "\0x", 0);
    return name;
}

static void assert_same_name(const X509_NAME *a, const X509_NAME *b)
{
    const unsigned char *bytes[2] = {NULL, NULL};
    size_t len[2] = {0, 0};
    assert_int_equal(X509_NAME_get0_der((X509_NAME *)(uintptr_t)a, &bytes[0], &len[0]), 1);
    assert_int_equal(X509_NAME_get0_der((X509_NAME *)(uintptr_t)b, &bytes[1], &len[1]), 1);
    assert_int_equal(len[0], len[1]);
    assert_memory_equal(bytes[0], bytes[1], len[0]);
}

static void add_to(X509 *certificate, EVP_PKEY *key, const char *extension, const char *value)
{
    X509_EXTENSION *one = X509V3_EXT_conf(NULL, NULL, extension, value);
    assert_non_null(one);
    assert_int_equal(X509_add_ext(certificate, one, -1), 1);
    X509_EXTENSION_free(one);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
}

/* A leaf with the odd name and every extension that is taken over. */
static X509 *old_certificate(EVP_PKEY *key)
{
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = odd_name();
    const fixture_wish wish = {.eku = "clientAuth,emailProtection",
                               .ku = "critical,digitalSignature,keyAgreement"};
    X509 *certificate = fixture_named_certificate(name, key, NULL, key, &wish);
    add_to(certificate, key, "subjectAltName",
           "critical,DNS:a.example.com,IP:192.0.2.1,otherName:1.2.3.4;UTF8:x");
    return certificate;
}

static char *certificate_file(X509 *certificate)
{
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&certificate, 1);
    return fixture_file(pem, strlen(pem), 0600);
}

static void assert_same_extension(X509_REQ *request, const X509 *like, int nid)
{
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(request);
    const int at = X509v3_get_ext_by_NID(list, nid, -1);
    assert_true(at >= 0);
    X509_EXTENSION *made = sk_X509_EXTENSION_value(list, at);
    X509_EXTENSION *old = X509_get_ext(like, X509_get_ext_by_NID(like, nid, -1));
    assert_int_equal(X509_EXTENSION_get_critical(made), X509_EXTENSION_get_critical(old));
    assert_int_equal(
        ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(made), X509_EXTENSION_get_data(old)), 0);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static int extension_count(X509_REQ *request)
{
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(request);
    const int count = sk_X509_EXTENSION_num(list);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return count < 0 ? 0 : count;
}

static void a_renewal_has_the_same_bytes_for_another_key(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *old_key = fixture_key();
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *new_key = fixture_key();
    CIHSM_AUTO(x509_cleanup) X509 *old = old_certificate(old_key);
    CIHSM_AUTO(fixture_file_remove) char *path = certificate_file(old);
    const cihsm_csr_spec spec = {.like = path};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = build(&spec, new_key);
    assert_same_name(X509_REQ_get_subject_name(request), X509_get_subject_name(old));
    assert_same_extension(request, old, NID_subject_alt_name);
    assert_same_extension(request, old, NID_ext_key_usage);
    assert_same_extension(request, old, NID_key_usage);
    assert_int_equal(extension_count(request), 3);
    assert_int_equal(X509_REQ_verify(request, new_key), 1);
}

static void der_and_chains_are_read_too(void **state)
{
    fixture_pki *pki = *state;
    unsigned char *der = NULL;
    const int len = i2d_X509(pki->leaf, &der);
    CIHSM_AUTO(fixture_file_remove)
    char *der_path = fixture_file((const char *)der, (size_t)len, 0600);
    OPENSSL_free(der);
    X509 *const mixed[] = {pki->upper, pki->root, pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(mixed, 4);
    CIHSM_AUTO(fixture_file_remove) char *chain_path = fixture_file(pem, strlen(pem), 0600);
    CIHSM_AUTO(fixture_file_remove) char *ca_path = certificate_file(pki->upper);
    const struct {
        const char *path;
        const X509 *wanted;
    } rows[] = {{der_path, pki->leaf}, {chain_path, pki->leaf}, {ca_path, pki->upper}};
    for (size_t i = 0; i < 3; i++) {
        const cihsm_csr_spec spec = {.like = rows[i].path};
        CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = build(&spec, pki->leaf_key);
        assert_same_name(X509_REQ_get_subject_name(request), X509_get_subject_name(rows[i].wanted));
    }
}

static void what_is_given_comes_before_the_certificate(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    CIHSM_AUTO(x509_cleanup) X509 *old = old_certificate(key);
    CIHSM_AUTO(fixture_file_remove) char *path = certificate_file(old);
    static const char *const SAN[] = {"DNS:b.example.com"};
    const cihsm_csr_spec all = {.like = path,
                                .subject = "CN=b",
                                .san = SAN,
                                .san_count = 1,
                                .eku = "serverAuth",
                                .key_usage = "keyAgreement"};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&all, key, key, &csr, &err), CIHSM_OK);
    CIHSM_AUTO(text_free) char *summary = fixture_json(cihsm_csr_summary(csr));
    assert_non_null(strstr(summary, "\"subject\":\"CN=b\",\"san\":[\"DNS:b.example.com\"],"
                                    "\"extendedKeyUsage\":[\"serverAuth\"],"
                                    "\"keyUsage\":[\"keyAgreement\"]"));
    const cihsm_csr_spec none = {.like = path, .san = SAN, .eku = "", .key_usage = ""};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *bare = build(&none, key);
    assert_int_equal(extension_count(bare), 0);
    assert_same_name(X509_REQ_get_subject_name(bare), X509_get_subject_name(old));
}

static void what_the_certificate_lacks_has_its_default(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    const fixture_wish wish = {.eku = "", .ku = ""};
    CIHSM_AUTO(x509_cleanup) X509 *old = fixture_certificate("a", key, NULL, key, &wish);
    CIHSM_AUTO(fixture_file_remove) char *path = certificate_file(old);
    const cihsm_csr_spec spec = {.like = path};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(identity_csr_build(&spec, key, key, &csr, &err), CIHSM_OK);
    CIHSM_AUTO(text_free) char *summary = fixture_json(cihsm_csr_summary(csr));
    assert_non_null(strstr(summary, "\"san\":[],\"extendedKeyUsage\":[\"clientAuth\"],"
                                    "\"keyUsage\":[\"digitalSignature\"]"));
    assert_non_null(strstr(summary, "\"findings\":[]"));
}

static void what_cannot_be_renewed_is_refused_before_the_key_is_used(void **state)
{
    fixture_pki *pki = *state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *empty = X509_NAME_new();
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *nameless = fixture_named_certificate(empty, pki->leaf_key, NULL, pki->leaf_key, &wish);
    CIHSM_AUTO(fixture_file_remove) char *nameless_path = certificate_file(nameless);
    CIHSM_AUTO(x509_cleanup)
    X509 *second = fixture_certificate("second", pki->leaf_key, pki->lower, pki->lower_key, &wish);
    X509 *const leaves[] = {pki->leaf, second};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(leaves, 2);
    CIHSM_AUTO(fixture_file_remove) char *leaves_path = fixture_file(pem, strlen(pem), 0600);
    CIHSM_AUTO(fixture_file_remove) char *text_path = fixture_file("hello", 5, 0600);
    const struct {
        const char *path;
        const char *part;
    } rows[] = {
        {"/nowhere/a.pem", "/nowhere/a.pem"},
        {text_path, "no certificate"},
        {nameless_path, "has no subject"},
        {leaves_path, "second"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const cihsm_csr_spec spec = {.like = rows[i].path};
        cihsm_error err = {0};
        assert_int_equal(cihsm_csr_spec_check(&spec, &err), CIHSM_E_CONFIG);
        assert_error(&err, CIHSM_E_CONFIG, rows[i].part);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renewal_has_the_same_bytes_for_another_key),
        cmocka_unit_test(der_and_chains_are_read_too),
        cmocka_unit_test(what_is_given_comes_before_the_certificate),
        cmocka_unit_test(what_the_certificate_lacks_has_its_default),
        cmocka_unit_test(what_cannot_be_renewed_is_refused_before_the_key_is_used),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
