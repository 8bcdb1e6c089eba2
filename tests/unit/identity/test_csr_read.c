/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cihsm/csr.h"
#include "unit/identity/fixture.h"

/* What a foreign program puts into its request. Start with {0}. */
typedef struct foreign_wish {
    const char *extensions[4][2]; /* OpenSSL's name and value; ends at NULL */
    const char *common_name;      /* NULL: empty subject */
    const EVP_MD *digest;         /* NULL: SHA-256, or none where the key needs none */
    EVP_PKEY *key;
} foreign_wish;

static void add_extensions(X509_REQ *request, const foreign_wish *wish)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    for (size_t i = 0; i < 4 && wish->extensions[i][0] != NULL; i++) {
        X509_EXTENSION *one =
            X509V3_EXT_conf(NULL, NULL, wish->extensions[i][0], wish->extensions[i][1]);
        assert_non_null(one);
        assert_non_null(X509v3_add_ext(&list, one, -1));
        X509_EXTENSION_free(one);
    }
    if (list != NULL) {
        assert_int_equal(X509_REQ_add_extensions(request, list), 1);
        sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    }
}

static X509_REQ *foreign(const foreign_wish *wish)
{
    X509_REQ *request = X509_REQ_new();
    assert_non_null(request);
    if (wish->common_name != NULL) {
        X509_NAME *subject = X509_REQ_get_subject_name(request);
        assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                                    (const unsigned char *)wish->common_name, -1,
                                                    -1, 0),
                         1);
    }
    assert_int_equal(X509_REQ_set_pubkey(request, wish->key), 1);
    add_extensions(request, wish);
    const bool pure = EVP_PKEY_is_a(wish->key, "ED25519") == 1;
    const EVP_MD *digest = wish->digest == NULL && !pure ? EVP_sha256() : wish->digest;
    assert_true(X509_REQ_sign(request, wish->key, digest) > 0);
    return request;
}

static char *pem_of(X509_REQ *request, bool is_new)
{
    CIHSM_AUTO(bio_cleanup) BIO *to = BIO_new(BIO_s_mem());
    assert_int_equal(
        is_new ? PEM_write_bio_X509_REQ_NEW(to, request) : PEM_write_bio_X509_REQ(to, request), 1);
    char *bytes = NULL;
    const long len = BIO_get_mem_data(to, &bytes);
    char *text = strndup(bytes, (size_t)len);
    assert_non_null(text);
    return text;
}

static cihsm_csr *parse(const void *bytes, size_t len)
{
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    if (cihsm_csr_parse(bytes, len, "a.csr", &csr, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(ERR_peek_error(), 0);
    return csr;
}

static cihsm_csr *parse_request(X509_REQ *request)
{
    CIHSM_AUTO(text_free) char *pem = pem_of(request, false);
    return parse(pem, strlen(pem));
}

static bool is_verified(const cihsm_csr *csr)
{
    return cihsm_value_is_true(cihsm_value_get(cihsm_csr_summary(csr), "verified"));
}

/* All codes with their levels: "warn weak-key, error signature-invalid". */
static void codes_of(const cihsm_csr *csr, char *out, size_t size)
{
    out[0] = '\0';
    const cihsm_value *item =
        cihsm_value_first(cihsm_value_get(cihsm_csr_summary(csr), "findings"));
    for (; item != NULL; item = cihsm_value_next(item)) {
        const size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s %s", used == 0 ? "" : ", ",
                 cihsm_value_get_string(item, "level"), cihsm_value_get_string(item, "code"));
        assert_true(strlen(cihsm_value_get_string(item, "sentence")) > 10);
        assert_true(strlen(cihsm_value_get_string(item, "action")) > 10);
    }
}

static void assert_codes(const cihsm_csr *csr, const char *wanted)
{
    char codes[512];
    codes_of(csr, codes, sizeof codes);
    assert_string_equal(codes, wanted);
}

static void every_form_of_a_request_is_read(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    const foreign_wish wish = {
        .common_name = "a", .key = key, .extensions = {{"extendedKeyUsage", "clientAuth"}}};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    for (int is_new = 0; is_new < 2; is_new++) {
        CIHSM_AUTO(text_free) char *pem = pem_of(request, is_new == 1);
        for (int form = 0; form < FORM_COUNT; form++) {
            CIHSM_AUTO(text_free) char *shaped = fixture_reshape(pem, (fixture_form)form);
            CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = parse(shaped, strlen(shaped));
            assert_true(is_verified(csr));
            assert_codes(csr, "");
        }
    }
    unsigned char *der = NULL;
    const int len = i2d_X509_REQ(request, &der);
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = parse(der, (size_t)len);
    assert_true(is_verified(csr));
    size_t kept = 0;
    assert_memory_equal(cihsm_csr_bytes(csr, &kept), der, (size_t)len);
    assert_int_equal(kept, len);
    OPENSSL_free(der);
}

static void a_file_is_read_and_named_as_source(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    const foreign_wish wish = {.common_name = "a", .key = key};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    CIHSM_AUTO(text_free) char *pem = pem_of(request, false);
    CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(pem, strlen(pem), 0600);
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_csr_read(path, &csr, &err), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(cihsm_csr_summary(csr), "source"), path);
    cihsm_csr_free(&csr);
    assert_int_equal(cihsm_csr_read("/nowhere/x.csr", &csr, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "cannot open CSR /nowhere/x.csr");
}

static void what_a_request_lacks_is_found(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *good = fixture_key();
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *small = EVP_RSA_gen(1024);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *odd = EVP_EC_gen("secp256k1");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    const struct {
        foreign_wish wish;
        const char *codes;
    } rows[] = {
        {{.common_name = "a", .key = good, .extensions = {{"extendedKeyUsage", "clientAuth"}}}, ""},
        {{.common_name = "a", .key = good}, "warn no-client-auth"},
        {{.common_name = "a", .key = good, .extensions = {{"extendedKeyUsage", "serverAuth"}}},
         "warn no-client-auth"},
        {{.key = good, .extensions = {{"extendedKeyUsage", "clientAuth"}}}, "warn no-subject"},
        {{.common_name = "a", .key = small, .extensions = {{"extendedKeyUsage", "clientAuth"}}},
         "warn weak-key"},
        {{.common_name = "a", .key = odd, .extensions = {{"extendedKeyUsage", "clientAuth"}}},
         "warn weak-key"},
        {{.common_name = "a", .key = ed, .extensions = {{"extendedKeyUsage", "clientAuth"}}},
         "warn weak-key"},
        {{.common_name = "a",
          .key = good,
          .digest = EVP_sha1(),
          .extensions = {{"extendedKeyUsage", "clientAuth"}}},
         "warn weak-hash"},
        {{.common_name = "a",
          .key = good,
          .extensions = {{"extendedKeyUsage", "clientAuth"}, {"keyUsage", "keyEncipherment"}}},
         "warn no-digital-signature"},
        {{.common_name = "a",
          .key = good,
          .extensions = {{"extendedKeyUsage", "clientAuth"}, {"basicConstraints", "CA:TRUE"}}},
         "warn asks-for-ca"},
        {{.common_name = "a", .key = good, .extensions = {{"extendedKeyUsage", "DER:0500"}}},
         "warn damaged-extension, warn no-client-auth"},
        {{.common_name = "a",
          .key = good,
          .extensions = {{"extendedKeyUsage", "clientAuth"}, {"extendedKeyUsage", "clientAuth"}}},
         "warn damaged-extension, warn no-client-auth"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&rows[i].wish);
        CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = parse_request(request);
        assert_true(is_verified(csr));
        assert_codes(csr, rows[i].codes);
    }
}

static void a_changed_request_and_a_foreign_signature_do_not_verify(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = fixture_key();
    const foreign_wish wish = {
        .common_name = "abcdef", .key = key, .extensions = {{"extendedKeyUsage", "clientAuth"}}};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    unsigned char *der = NULL;
    const int len = i2d_X509_REQ(request, &der);
    unsigned char *name = memmem(der, (size_t)len, "abcdef", 6);
    assert_non_null(name);
    *name = 'X';
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *changed = parse(der, (size_t)len);
    OPENSSL_free(der);
    assert_false(is_verified(changed));
    assert_codes(changed, "error signature-invalid");
    assert_string_equal(cihsm_value_get_string(cihsm_csr_summary(changed), "subject"), "CN=Xbcdef");

    assert_int_equal(X509_REQ_set_pubkey(request, other), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *foreign_signature = parse_request(request);
    assert_false(is_verified(foreign_signature));
    assert_codes(foreign_signature, "error signature-invalid");
}

static void unusual_names_are_shown(void **state)
{
    (void)state;
    static const char *const WANTED[] = {"RID:1.2.3", "otherName:1.2.3.4", "IP:(no address)",
                                         "DNS:a\\x0ab"};
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    /* SEQUENCE of [8] 1.2.3, [0] {1.2.3.4, "x"}, [7] 3 octets, [2] "a\nb" */
    const foreign_wish wish = {
        .common_name = "a",
        .key = key,
        .extensions = {{"extendedKeyUsage", "clientAuth"},
                       {"subjectAltName", "DER:301A88022A03A00A06032A0304A0030C01788703010203820361"
                                          "0A62"}}};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = parse_request(request);
    const cihsm_value *names = cihsm_value_get(cihsm_csr_summary(csr), "san");
    assert_int_equal(cihsm_value_count(names), 4);
    const cihsm_value *item = cihsm_value_first(names);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(cihsm_value_string(item), WANTED[i]);
        item = cihsm_value_next(item);
    }
}

static void a_key_of_an_unknown_kind_is_shown_as_unknown(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    const foreign_wish wish = {
        .common_name = "a", .key = key, .extensions = {{"extendedKeyUsage", "clientAuth"}}};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    unsigned char *der = NULL;
    const int len = i2d_X509_REQ(request, &der);
    static const unsigned char EC_KEY[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    unsigned char *oid = memmem(der, (size_t)len, EC_KEY, sizeof EC_KEY);
    assert_non_null(oid);
    oid[6] = 0x7f;
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = parse(der, (size_t)len);
    OPENSSL_free(der);
    assert_string_equal(cihsm_value_get_string(cihsm_csr_summary(csr), "publicKey"), "unknown");
    assert_codes(csr, "error signature-invalid, warn unknown-key");
}

static void assert_refused(const char *bytes, size_t len, const char *part)
{
    cihsm_csr *csr = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_csr_parse(bytes, len, "a.csr", &csr, &err), CIHSM_E_CONFIG);
    assert_null(csr);
    assert_error(&err, CIHSM_E_CONFIG, part);
    assert_int_equal(ERR_peek_error(), 0);
}

static void what_is_no_request_is_refused_with_what_it_is(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"", "a.csr holds no CSR: it must be DER, or hold a PEM block"},
        {"hello", "holds no CSR: it must be DER"},
        {"0", "holds no CSR: it must be DER"},
        {"0\x82\x01\x01zz", "is no CSR (PKCS#10) or a damaged one"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "already issued"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "only a private key"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "is cut off, it has no END line"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nA$AA\n-----END CERTIFICATE REQUEST-----\n",
         "is not base64"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
         "is no CSR (PKCS#10) or a damaged one"},
        {"AAAA\n-----END CERTIFICATE REQUEST-----\n", "the BEGIN line is missing"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_refused(ROWS[i][0], strlen(ROWS[i][0]), ROWS[i][1]);
    }
}

static void certificates_doubles_and_damage_are_refused(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = fixture_key();
    const fixture_wish leaf = {0};
    CIHSM_AUTO(x509_cleanup) X509 *issued = fixture_certificate("a", key, NULL, key, &leaf);
    unsigned char *der = NULL;
    int len = i2d_X509(issued, &der);
    assert_refused((const char *)der, (size_t)len, "this is a certificate, already issued");
    OPENSSL_free(der);

    const foreign_wish wish = {.common_name = "a", .key = key};
    CIHSM_AUTO(x509_req_cleanup) X509_REQ *request = foreign(&wish);
    CIHSM_AUTO(text_free) char *pem = pem_of(request, false);
    CIHSM_AUTO(text_free) char *twice = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&twice, &err, "%s%s", pem, pem), CIHSM_OK);
    assert_refused(twice, strlen(twice), "more than one CSR");

    der = NULL;
    len = i2d_X509_REQ(request, &der);
    der = OPENSSL_realloc(der, (size_t)len + 2);
    assert_non_null(der);
    memcpy(der + len, "zz", 2);
    assert_refused((const char *)der, (size_t)len + 2, "2 bytes behind its CSR");
    for (size_t cut = 2; cut < (size_t)len; cut++) {
        assert_refused((const char *)der, cut, "a.csr");
    }
    OPENSSL_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_request_is_read),
        cmocka_unit_test(a_file_is_read_and_named_as_source),
        cmocka_unit_test(what_a_request_lacks_is_found),
        cmocka_unit_test(a_changed_request_and_a_foreign_signature_do_not_verify),
        cmocka_unit_test(unusual_names_are_shown),
        cmocka_unit_test(a_key_of_an_unknown_kind_is_shown_as_unknown),
        cmocka_unit_test(what_is_no_request_is_refused_with_what_it_is),
        cmocka_unit_test(certificates_doubles_and_damage_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
