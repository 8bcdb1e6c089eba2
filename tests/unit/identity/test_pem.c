/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "identity/certificate.h"
#include "identity/pem.h"
#include "identity/pem_block.h"
#include "unit/identity/fixture.h"

static cihsm_status read_text(const char *text, STACK_OF(X509) * *out, cihsm_error *err)
{
    *err = (cihsm_error){0};
    return pem_read_certificates(text, strlen(text), "the test", out, err);
}

static void every_form_of_a_chain_yields_the_same_certificates(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const wanted[] = {pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(wanted, 3);
    for (int form = 0; form < FORM_COUNT; form++) {
        CIHSM_AUTO(text_free) char *text = fixture_reshape(pem, (fixture_form)form);
        CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
        cihsm_error err = {0};
        if (read_text(text, &found, &err) != CIHSM_OK) {
            fail_msg("%s: %s", fixture_form_name((fixture_form)form), err.message);
        }
        assert_int_equal(sk_X509_num(found), 3);
        for (int i = 0; i < 3; i++) {
            assert_true(certificate_same(sk_X509_value(found, i), wanted[i]));
        }
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void an_end_line_cut_at_the_end_of_the_text_is_read(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    char *end = strstr(pem, "-----END CERTIFICATE") + strlen("-----END CERTIFICATE");
    for (size_t dashes = 0; dashes <= 5; dashes++) {
        memcpy(end, "-----", 5);
        end[dashes] = '\0';
        CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
        cihsm_error err = {0};
        assert_int_equal(read_text(pem, &found, &err), CIHSM_OK);
        assert_int_equal(sk_X509_num(found), 1);
    }
}

static void private_keys_beside_certificates_are_passed_over(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *key = fixture_key_pem(pki->leaf_key, true, "secret");
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *both = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&both, &err, "%s%s", key, pem), CIHSM_OK);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    assert_int_equal(read_text(both, &found, &err), CIHSM_OK);
    assert_int_equal(sk_X509_num(found), 1);
}

typedef struct refusal {
    const char *text;
    const char *part; /* of the message */
} refusal;

static void what_is_no_certificate_is_refused_with_advice(void **state)
{
    (void)state;
    static const refusal ROWS[] = {
        {"", "holds no certificate"},
        {"hello", "BEGIN CERTIFICATE"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n", "block 1 (CERTIFICATE) is cut off"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE-----\nMIIB\n"
         "-----END CERTIFICATE-----\n",
         "block 1 (CERTIFICATE) is cut off"},
        {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "cut off"},
        {"-----BEGIN CERTIFICATE-----\nMIIBA\n-----END CERTIFICATE-----\n", "cut off"},
        {"-----BEGIN CERTIFICATE-----\nMI_B\n-----END CERTIFICATE-----\n", "not base64"},
        {"-----BEGIN CERTIFICATE-----\nMI\\qB\n-----END CERTIFICATE-----\n", "not base64"},
        {"-----BEGIN CERTIFICATE-----\nMI=B\n-----END CERTIFICATE-----\n", "not base64"},
        {"-----BEGIN CERTIFICATE-----\nM===\n-----END CERTIFICATE-----\n", "not base64"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "no X.509 certificate"},
        {"-----BEGIN CERTIFICATE--\nMIIB\n-----END CERTIFICATE-----\n", "BEGIN line"},
        {"-----BEGIN -----\nMIIB\n-----END -----\n", "BEGIN line"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END X509 CRL-----\n", "ends as something else"},
        {"-----END CERTIFICATE-----\n", "BEGIN line is missing"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n",
         "certificate request"},
        {"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n", "openssl pkcs7"},
        {"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "only a private key"},
        {"-----BEGIN TRUSTED CERTIFICATE-----\nMIIB\n-----END TRUSTED CERTIFICATE-----\n",
         "OpenSSL's own format"},
        {"\x30\x82\x01\x02", "DER"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        STACK_OF(X509) *found = NULL;
        cihsm_error err = {0};
        assert_int_equal(read_text(ROWS[i].text, &found, &err), CIHSM_E_CONFIG);
        assert_null(found);
        assert_error(&err, CIHSM_E_CONFIG, ROWS[i].part);
        assert_non_null(strstr(err.message, "the test"));
    }
}

static void a_damaged_second_block_is_named(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const both[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(both, 2);
    char *second = strstr(pem + 10, "-----BEGIN CERTIFICATE-----\n");
    memset(second + strlen("-----BEGIN CERTIFICATE-----\n"), 'A', 64);
    STACK_OF(X509) *found = NULL;
    cihsm_error err = {0};
    assert_int_equal(read_text(pem, &found, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "block 2");
    assert_int_equal(ERR_peek_error(), 0);
}

static void bytes_behind_the_certificate_of_a_block_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    unsigned char *der = NULL;
    const int len = i2d_X509(pki->leaf, &der);
    assert_true(len > 0);
    unsigned char *longer = calloc(1, (size_t)len + 3);
    char *base64 = calloc(2, (size_t)len + 16);
    assert_true(longer != NULL && base64 != NULL);
    memcpy(longer, der, (size_t)len);
    EVP_EncodeBlock((unsigned char *)base64, longer, len + 3);
    CIHSM_AUTO(text_free) char *pem = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&pem, &err,
                                 "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
                                 base64),
                     CIHSM_OK);
    STACK_OF(X509) *found = NULL;
    assert_int_equal(read_text(pem, &found, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "3 bytes behind");
    free(base64);
    free(longer);
    OPENSSL_free(der);
}

static void a_text_cut_at_any_byte_is_refused_or_whole(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    const size_t whole =
        (size_t)(strstr(pem, "-----END CERTIFICATE") - pem) + strlen("-----END CERTIFICATE");
    for (size_t len = 0; len < strlen(pem); len++) {
        char *cut = malloc(len == 0 ? 1 : len); /* so that the sanitizer sees a step too far */
        assert_non_null(cut);
        memcpy(cut, pem, len);
        CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
        cihsm_error err = {0};
        const cihsm_status status = pem_read_certificates(cut, len, "x", &found, &err);
        assert_int_equal(status, len < whole ? CIHSM_E_CONFIG : CIHSM_OK);
        free(cut);
    }
}

static void files_are_read_and_their_troubles_name_the_path(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(fixture_file_remove) char *good = fixture_file(pem, strlen(pem), 0600);
    CIHSM_AUTO(fixture_file_remove) char *bad = fixture_file("nothing", 7, 0600);
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    cihsm_error err = {0};
    assert_int_equal(pem_read_file(good, "chain", &found, &err), CIHSM_OK);
    assert_int_equal(sk_X509_num(found), 1);

    STACK_OF(X509) *none = NULL;
    assert_int_equal(pem_read_file(bad, "chain", &none, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, bad);
    err = (cihsm_error){0};
    assert_int_equal(pem_read_file("/nonexistent/x.pem", "chain", &none, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "chain /nonexistent/x.pem");
}

static void a_file_over_the_limit_is_refused(void **state)
{
    (void)state;
    char *large = malloc(PEM_FILE_MAX + 1);
    assert_non_null(large);
    memset(large, 'x', PEM_FILE_MAX + 1);
    CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(large, PEM_FILE_MAX + 1, 0600);
    free(large);
    STACK_OF(X509) *none = NULL;
    cihsm_error err = {0};
    assert_int_equal(pem_read_file(path, "chain", &none, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "larger than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_chain_yields_the_same_certificates),
        cmocka_unit_test(an_end_line_cut_at_the_end_of_the_text_is_read),
        cmocka_unit_test(private_keys_beside_certificates_are_passed_over),
        cmocka_unit_test(what_is_no_certificate_is_refused_with_advice),
        cmocka_unit_test(a_damaged_second_block_is_named),
        cmocka_unit_test(bytes_behind_the_certificate_of_a_block_are_refused),
        cmocka_unit_test(a_text_cut_at_any_byte_is_refused_or_whole),
        cmocka_unit_test(files_are_read_and_their_troubles_name_the_path),
        cmocka_unit_test(a_file_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
