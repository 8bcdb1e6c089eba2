/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/error.h"
#include "identity/service_key_binding.h"
#include "unit/identity/fixture.h"

#define URI "https://destination-configuration.cfapps.eu10.hana.ondemand.com"
#define AUTHORITY "https://sub.authentication.eu10.hana.ondemand.com"
#define CERT_URL "https://sub.authentication.cert.eu10.hana.ondemand.com"
#define SECRET "8a1f-canary$mQ="

/* A binding as SAP prints it, with members that nobody needs. */
static cihsm_value *binding(const char *secret, const char *certificate, const char *key)
{
    const struct {
        const char *name;
        const char *text;
    } rows[] = {{"uri", URI "/"},
                {"url", AUTHORITY},
                {"clientid", "sb-clone-1!b2|destination-xsappname!b3"},
                {"clientsecret", secret},
                {"certificate", certificate},
                {"key", key},
                {"certurl", certificate == NULL ? NULL : CERT_URL},
                {"xsappname", "clone-1!b2|destination-xsappname!b3"}};
    cihsm_value *made = cihsm_value_new_object();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].text != NULL) {
            assert_int_equal(cihsm_value_set_string(made, rows[i].name, rows[i].text, NULL),
                             CIHSM_OK);
        }
    }
    return made;
}

static cihsm_status parse(const cihsm_value *document, cihsm_service_key **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *text = fixture_json(document);
    return service_key_parse_binding(text, strlen(text), "b.json", out, err);
}

static void a_secret_is_read_flat_and_wrapped(void **state)
{
    (void)state;
    for (int wrapped = 0; wrapped < 2; wrapped++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *document = binding(SECRET, NULL, NULL);
        if (wrapped) {
            cihsm_value *outside = cihsm_value_new_object();
            assert_int_equal(cihsm_value_set(outside, "credentials", &document, NULL), CIHSM_OK);
            document = outside;
        }
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
        assert_int_equal(parse(document, &key, NULL), CIHSM_OK);
        assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_SECRET);
        assert_string_equal(cihsm_service_key_url(key), URI);
        assert_string_equal(service_key_token_url(key), AUTHORITY "/oauth/token");
        assert_string_equal(cihsm_secret_bytes(service_key_secret(key)), SECRET);
        assert_string_equal(service_key_path(key), "b.json");
    }
}

static void a_certificate_logs_in_at_the_host_for_certificates(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const chain[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(chain, 2);
    CIHSM_AUTO(text_free) char *private_key = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = binding(NULL, pem, private_key);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    assert_int_equal(parse(document, &key, NULL), CIHSM_OK);
    assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_CERTIFICATE);
    assert_string_equal(service_key_token_url(key), CERT_URL "/oauth/token");
    assert_int_equal(EVP_PKEY_eq(service_key_private(key), pki->leaf_key), 1);
    assert_int_equal(sk_X509_num(service_key_chain(key)), 1);
}

static void what_is_missing_or_wrong_is_named_without_secrets(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    const struct {
        const char *name; /* member that is changed */
        const char *text; /* NULL: removed */
        const char *told;
    } rows[] = {
        {"uri", NULL, "no field uri"},
        {"url", NULL, "no field url"},
        {"clientid", NULL, "no field clientid"},
        {"clientsecret", NULL, "clientsecret"},
        {"clientsecret", "", "clientsecret is empty"},
        {"uri", "http://plain.example", "uri is no https URL"},
        {"uri", "https://a@b.example", "no plain host name"},
        {"url", "https://b.example/?x=" SECRET, "characters"},
        {"certurl", "ftp://b.example", "certurl is no https URL"},
        {"certificate", pem, NULL}, /* beside a secret it does not matter */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *document = binding(SECRET, NULL, NULL);
        assert_int_equal(cihsm_value_set_string(document, rows[i].name, rows[i].text, NULL),
                         CIHSM_OK);
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
        cihsm_error err = {0};
        const cihsm_status status = parse(document, &key, &err);
        if (rows[i].told == NULL) {
            assert_int_equal(status, CIHSM_OK);
            continue;
        }
        assert_null(key);
        assert_error(&err, CIHSM_E_CONFIG, rows[i].told);
        assert_non_null(strstr(err.message, "b.json"));
        assert_null(strstr(err.message, SECRET));
    }
}

static void a_certificate_without_its_key_is_refused(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = binding(NULL, pem, NULL);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    assert_int_equal(parse(document, &key, &err), CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "no key to log in with");
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "", "[]", "{", "{}", "{\"credentials\":{}}", "{\"uri\":1}", "-----BEGIN CERTIFICATE-----"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
        cihsm_error err = {0};
        assert_int_equal(
            service_key_parse_binding(TEXTS[i], strlen(TEXTS[i]), "b.json", &key, &err),
            CIHSM_E_CONFIG);
        assert_error(&err, CIHSM_E_CONFIG, "b.json");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_read_flat_and_wrapped),
        cmocka_unit_test(a_certificate_logs_in_at_the_host_for_certificates),
        cmocka_unit_test(what_is_missing_or_wrong_is_named_without_secrets),
        cmocka_unit_test(a_certificate_without_its_key_is_refused),
        cmocka_unit_test(other_documents_are_refused),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
