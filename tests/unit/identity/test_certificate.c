/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "identity/certificate.h"
#include "unit/identity/fixture.h"

static void names_are_one_line_of_utf8(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_AUTO(text_free) char *common = NULL;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *of = fixture_certificate("M\xc3\xbcller, \"x\"\n", pki->leaf_key, pki->lower,
                                   pki->lower_key, &wish);
    cihsm_error err = {0};
    assert_int_equal(certificate_subject(of, &subject, &err), CIHSM_OK);
    assert_string_equal(subject, "CN=M\xc3\xbcller\\, \\\"x\\\"\\0A");
    assert_int_equal(certificate_issuer(of, &issuer, &err), CIHSM_OK);
    assert_string_equal(issuer, "CN=Lower");
    assert_int_equal(certificate_common_name(pki->leaf, &common, &err), CIHSM_OK);
    assert_string_equal(common, "leaf");
}

static X509_NAME *name_of_bytes(int type, const char *bytes, int len)
{
    X509_NAME *name = X509_NAME_new();
    assert_non_null(name);
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, type,
                                                (const unsigned char *)bytes, len, -1, 0),
                     1);
    return name;
}

static void names_that_are_not_what_they_say_are_shown_as_bytes(void **state)
{
    (void)state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = name_of_bytes(V_ASN1_UTF8STRING, "a\xff", 2);
    CIHSM_AUTO(text_free) char *text = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_name(name, &text, &err), CIHSM_OK);
    assert_string_equal(text, "CN=a\\FF");
    assert_int_equal(ERR_peek_error(), 0);
}

static void latin_1_names_become_utf8(void **state)
{
    (void)state;
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *name = name_of_bytes(V_ASN1_T61STRING, "M\xfcller", 6);
    CIHSM_AUTO(text_free) char *text = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_name(name, &text, &err), CIHSM_OK);
    assert_string_equal(text, "CN=M\xc3\xbcller");
}

static void a_common_name_with_a_nul_is_not_cut(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_name_cleanup)
    X509_NAME *name = name_of_bytes(V_ASN1_UTF8STRING, "good\0evil", 9);
    CIHSM_AUTO(x509_cleanup)
    X509 *of = fixture_named_certificate(name, pki->leaf_key, NULL, NULL, &wish);
    CIHSM_AUTO(text_free) char *text = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_common_name(of, &text, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "unreadable");
    assert_int_equal(certificate_subject(of, &text, &err), CIHSM_OK);
    assert_string_equal(text, "CN=good\\00evil");
}

static void a_subject_without_common_name_has_none(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_name_cleanup) X509_NAME *empty = X509_NAME_new();
    CIHSM_AUTO(x509_cleanup)
    X509 *of = fixture_named_certificate(empty, pki->leaf_key, pki->lower, pki->lower_key, &wish);
    CIHSM_AUTO(text_free) char *common = strdup("before");
    CIHSM_AUTO(text_free) char *subject = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_common_name(of, &common, &err), CIHSM_OK);
    assert_null(common);
    assert_int_equal(certificate_subject(of, &subject, &err), CIHSM_OK);
    assert_string_equal(subject, "");
}

static void serial_numbers_are_lower_case_hex(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *of = fixture_certificate("x", pki->leaf_key, NULL, NULL, &wish);
    BIGNUM *number = NULL;
    assert_true(BN_hex2bn(&number, "0ABCDEF0123456789ABCDEF0123456789ABCDEF0") > 0);
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(of)));
    BN_free(number);
    CIHSM_AUTO(text_free) char *serial = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_serial(of, &serial, &err), CIHSM_OK);
    assert_string_equal(serial, "0abcdef0123456789abcdef0123456789abcdef0");
}

static void dates_are_iso_8601_utc(void **state)
{
    (void)state;
    static const struct {
        const char *asn1;
        const char *wanted; /* NULL: no date */
    } rows[] = {
        {"260624125652Z", "2026-06-24T12:56:52Z"},
        {"20990101000000Z", "2099-01-01T00:00:00Z"},
        {"500101000000Z", "1950-01-01T00:00:00Z"},
        {"99991231235959Z", "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ASN1_TIME *date = ASN1_TIME_new();
        assert_int_equal(ASN1_TIME_set_string(date, rows[i].asn1), 1);
        char text[CERTIFICATE_TIME_MAX];
        cihsm_error err = {0};
        assert_int_equal(certificate_time(date, text, &err), CIHSM_OK);
        assert_string_equal(text, rows[i].wanted);
        ASN1_TIME_free(date);
    }
    ASN1_TIME *broken = ASN1_UTCTIME_new();
    assert_int_equal(ASN1_STRING_set(broken, "26xx24125652Z", -1), 1);
    char text[CERTIFICATE_TIME_MAX];
    cihsm_error err = {0};
    assert_int_equal(certificate_time(broken, text, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "no readable date");
    ASN1_TIME_free(broken);
}

static void the_fingerprint_is_sha256_of_the_der_form(void **state)
{
    const fixture_pki *pki = *state;
    unsigned char *der = NULL;
    const int len = i2d_X509(pki->leaf, &der);
    unsigned char hash[32];
    assert_int_equal(EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL), 1);
    OPENSSL_free(der);
    char wanted[65];
    text_hex(wanted, hash, sizeof hash);
    char got[CERTIFICATE_SHA256_MAX];
    cihsm_error err = {0};
    assert_int_equal(certificate_sha256(pki->leaf, got, &err), CIHSM_OK);
    assert_string_equal(got, wanted);
}

static void key_names_tell_type_and_size(void **state)
{
    (void)state;
    EVP_PKEY *const keys[] = {EVP_RSA_gen(2048), EVP_EC_gen("P-256"), EVP_EC_gen("P-384"),
                              EVP_EC_gen("brainpoolP256r1"),
                              EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    static const char *const NAMES[] = {"RSA 2048", "EC P-256", "EC P-384", "EC brainpoolP256r1",
                                        "ED25519 256"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_non_null(keys[i]);
        char name[CERTIFICATE_KEY_MAX];
        certificate_key_name(keys[i], name);
        assert_string_equal(name, NAMES[i]);
        EVP_PKEY_free(keys[i]);
    }
}

static void same_means_the_same_bytes(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(x509_cleanup) X509 *copy = X509_dup(pki->leaf);
    assert_true(certificate_same(pki->leaf, copy));
    assert_false(certificate_same(pki->leaf, pki->lower));
}

static void a_description_has_the_facts(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    cihsm_error err = {0};
    assert_int_equal(certificate_describe(pki->leaf, &facts, &err), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(facts, "subject"), "CN=leaf");
    assert_string_equal(cihsm_value_get_string(facts, "issuer"), "CN=Lower");
    assert_string_equal(cihsm_value_get_string(facts, "publicKey"), "EC P-256");
    assert_int_equal(strlen(cihsm_value_get_string(facts, "notBefore")), 20);
    assert_int_equal(strlen(cihsm_value_get_string(facts, "notAfter")), 20);
    assert_int_equal(strlen(cihsm_value_get_string(facts, "sha256")), 64);
    assert_non_null(cihsm_value_get_string(facts, "serialNumber"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_one_line_of_utf8),
        cmocka_unit_test(names_that_are_not_what_they_say_are_shown_as_bytes),
        cmocka_unit_test(latin_1_names_become_utf8),
        cmocka_unit_test(a_common_name_with_a_nul_is_not_cut),
        cmocka_unit_test(a_subject_without_common_name_has_none),
        cmocka_unit_test(serial_numbers_are_lower_case_hex),
        cmocka_unit_test(dates_are_iso_8601_utc),
        cmocka_unit_test(the_fingerprint_is_sha256_of_the_der_form),
        cmocka_unit_test(key_names_tell_type_and_size),
        cmocka_unit_test(same_means_the_same_bytes),
        cmocka_unit_test(a_description_has_the_facts),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
