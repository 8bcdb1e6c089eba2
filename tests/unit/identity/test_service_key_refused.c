/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "cihsm/secret.h"
#include "identity/service_key.h"
#include "unit/identity/fixture.h"

static void assert_refused(const char *text, size_t len, const char *part)
{
    cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    if (service_key_parse(text, len, "dir/k.json", &key, &err) != CIHSM_E_CONFIG) {
        fail_msg("not refused: %.*s", (int)len, text);
    }
    assert_null(key);
    assert_error(&err, CIHSM_E_CONFIG, part);
    assert_non_null(strstr(err.message, "dir/k.json"));
    assert_int_equal(ERR_peek_error(), 0);
}

typedef struct row {
    const char *text;
    const char *part; /* of the message */
} row;

#define URLS "\"url\":\"https://h\",\"tokenurl\":\"https://t\""

static void what_is_no_service_key_is_named(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"", "is empty"},
        {" \r\n\t ", "is empty"},
        {"[]", "is an array, not a service key"},
        {"\"x\"", "is a string, not a service key"},
        {"{}", "has no field url"},
        {"{\"oauth\":{}}", "has no field url"},
        {"{\"credentials\":{\"oauth\":{\"clientid\":\"x\"}}}", "has no field url"},
        {"{\"url\":null}", "has no field url"},
        {"{\"url\":7}", "the field url is a number, not a string"},
        {"{\"url\":{}}", "the field url is an object"},
        {"{\"url\":[]}", "the field url is an array"},
        {"{\"url\":true}", "the field url is a boolean"},
        {"{\"url\":\"\"}", "the field url is empty"},
        {"{\"url\":\"http://h\"}", "the field url is no https URL"},
        {"{\"url\":\"h.example\"}", "the field url is no https URL"},
        {"{\"url\":\"https://\"}", "the field url has no plain host name"},
        {"{\"url\":\"https:///x\"}", "the field url has no plain host name"},
        {"{\"url\":\"https://:443\"}", "the field url has no plain host name"},
        {"{\"url\":\"https://u:p@h\"}", "the field url has no plain host name"},
        {"{\"url\":\"https://h?x\"}", "the field url has no plain host name"},
        {"{\"url\":\"https://h h\"}", "the field url has no plain host name"},
        {"{\"url\":\"https://h/a b\"}", "do not belong"},
        {"{\"url\":\"https://h/?a\"}", "do not belong"},
        {"{\"url\":\"https://h/#a\"}", "do not belong"},
        {"{\"url\":\"https://h\",\"tokenurl\":\"http://t\"}", "the field tokenurl is no https URL"},
        {"{" URLS "}", "no field certificate and no clientsecret"},
        {"{" URLS ",\"key\":\"x\"}", "has no field certificate;"},
        {"{" URLS ",\"clientsecret\":\"x\"}", "no field clientid"},
        {"{\"url\":\"https://h\",\"clientid\":\"i\",\"clientsecret\":\"x\"}", "no field tokenurl"},
        {"{" URLS ",\"clientid\":\"i\",\"clientsecret\":\"\"}", "field clientsecret is empty"},
        {"{" URLS ",\"clientid\":\"i\",\"clientsecret\":\"x\",\"key\":\"y\"}",
         "both key and clientsecret"},
        {"{" URLS ",\"certificate\":\"x\"}", "the field certificate holds no certificate"},
        {"{\"url\":\"https://h\",\"clientId\":\"i\",\"tokenUrl\":\"https://t\"}",
         "API Management key"},
        {"{\"certurl\":\"https://h\",\"clientid\":\"i\"}", "API Management key"},
        {"{\"key-type\":\"certificate_external\",\"X.509\":\"x\"}", "parameters that create a key"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_refused(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].part);
    }
}

static void what_is_not_json_is_named_with_advice(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"{\"url\":\"https://h\",\"cert", "cut off"},
        {"{\"url\":\"https://h\"", "cut off"},
        {"{\"url\":\"https://h\",}", "not JSON, byte"},
        {"{\"url\":\"a\",\"url\":\"b\"}", "\"url\" is repeated"},
        {"{} x", "byte 4"},
        {"Getting key k for service instance i as me...\n\n{}", "remove everything before"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "PEM file"},
        {"  \n-----BEGIN CERTIFICATE-----\n", "PEM file"},
        {"\xff\xfe{", "UTF-16"},
        {"{\"url\":\"\\u0000\"}", "NUL character"},
        {"{\"a\":\"\n\"}", "control character"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_refused(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].part);
    }
}

static char *with_certificate(const char *certificate, const char *key)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *fields = cihsm_value_new_object();
    cihsm_error err = {0};
    assert_int_equal(cihsm_value_set_string(fields, "url", "https://h", &err), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(fields, "certificate", certificate, &err), CIHSM_OK);
    if (key != NULL) {
        assert_int_equal(cihsm_value_set_string(fields, "key", key, &err), CIHSM_OK);
    }
    return fixture_json(fields);
}

static void assert_pair_refused(const char *certificate, const char *key, const char *part)
{
    CIHSM_AUTO(text_free) char *text = with_certificate(certificate, key);
    assert_refused(text, strlen(text), part);
}

static void a_chain_in_an_external_key_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const chain[] = {pki->leaf, pki->lower, pki->upper};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(chain, 3);
    assert_pair_refused(pem, NULL,
                        "holds 3 certificates, an External Certificate key has the leaf");
}

static void damaged_certificates_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *damaged = strdup(pem);
    damaged[40] = '*';
    assert_pair_refused(damaged, NULL,
                        "the field certificate: PEM block 1 (CERTIFICATE) is damaged");
    CIHSM_AUTO(text_free) char *cut = strndup(pem, strlen(pem) / 2);
    assert_pair_refused(cut, NULL, "is cut off");
}

static void private_keys_that_do_not_fit_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *other = fixture_key_pem(pki->foreign_key, false, NULL);
    CIHSM_AUTO(text_free) char *encrypted = fixture_key_pem(pki->leaf_key, false, "pw");
    CIHSM_AUTO(text_free) char *headers = fixture_key_pem(pki->leaf_key, true, "pw");
    CIHSM_AUTO(text_free) char *good = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(text_free) char *cut = strndup(good, strlen(good) / 2);
    CIHSM_AUTO(text_free) char *damaged = strdup(good);
    memset(strchr(damaged, '\n') + 1, 'A', 20);
    assert_pair_refused(pem, other, "does not belong to any certificate");
    assert_pair_refused(pem, encrypted, "the field key is encrypted");
    assert_pair_refused(pem, headers, "the field key is encrypted");
    assert_pair_refused(pem, cut, "is cut off");
    assert_pair_refused(pem, damaged, "the field key is damaged");
    assert_pair_refused(pem, pem, "the field key holds no PEM private key");
    assert_pair_refused(pem, "x", "the field key holds no PEM private key");
}

static void refusals_never_repeat_a_secret(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "{\"url\":\"https://u:canary@h\",\"clientid\":\"i\",\"clientsecret\":\"s\"}",
        "{\"url\":\"https://h\",\"clientsecret\":\"canary\"}",
        "{" URLS ",\"certificate\":\"canary\",\"key\":\"canary\"}",
        "{\"clientsecret\":\"canary",
        "{\"clientsecret\":\"canary\x01\"}",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        cihsm_service_key *key = NULL;
        cihsm_error err = {0};
        assert_int_equal(service_key_parse(TEXTS[i], strlen(TEXTS[i]), "k", &key, &err),
                         CIHSM_E_CONFIG);
        assert_null(strstr(err.message, "canary"));
    }
}

static void a_secret_over_the_limit_is_refused(void **state)
{
    (void)state;
    char *secret = malloc(CIHSM_SECRET_MAX + 2);
    assert_non_null(secret);
    memset(secret, 's', CIHSM_SECRET_MAX + 1);
    secret[CIHSM_SECRET_MAX + 1] = '\0';
    CIHSM_AUTO(text_free) char *text = NULL;
    cihsm_error err = {0};
    assert_int_equal(
        text_format(&text, &err, "{" URLS ",\"clientid\":\"i\",\"clientsecret\":\"%s\"}", secret),
        CIHSM_OK);
    free(secret);
    assert_refused(text, strlen(text), "longer than 8192");
}

static void a_document_cut_at_any_byte_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *text = with_certificate(pem, NULL);
    for (size_t len = 0; len < strlen(text); len++) {
        char *cut = malloc(len == 0 ? 1 : len); /* so that the sanitizer sees a step too far */
        assert_non_null(cut);
        memcpy(cut, text, len);
        assert_refused(cut, len, len == 0 ? "is empty" : "not JSON");
        free(cut);
    }
}

static void missing_files_and_folders_are_named(void **state)
{
    (void)state;
    cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_read("/nonexistent/k.json", &key, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "service key /nonexistent/k.json: No such file");
    assert_int_equal(cihsm_service_key_read("/", &key, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "service key /");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_service_key_is_named),
        cmocka_unit_test(what_is_not_json_is_named_with_advice),
        cmocka_unit_test(a_chain_in_an_external_key_is_refused),
        cmocka_unit_test(damaged_certificates_are_refused),
        cmocka_unit_test(private_keys_that_do_not_fit_are_refused),
        cmocka_unit_test(refusals_never_repeat_a_secret),
        cmocka_unit_test(a_secret_over_the_limit_is_refused),
        cmocka_unit_test(a_document_cut_at_any_byte_is_refused),
        cmocka_unit_test(missing_files_and_folders_are_named),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
