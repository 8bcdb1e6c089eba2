/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "identity/certificate.h"
#include "identity/service_key.h"
#include "unit/identity/fixture.h"

static const char URL[] = "https://tenant.it-acc.cfapps.eu10.hana.ondemand.com";
static const char TOKEN_URL[] =
    "https://sub.authentication.cert.eu10.hana.ondemand.com/oauth/token";
static const char CLIENT_ID[] = "sb-7b1e!b16289|it!b12456";
static const char SECRET[] = "8a1f-canary$mQ=";

/* Where the fields stand. */
typedef enum shape { FLAT = 0, OAUTH, CREDENTIALS, CREDENTIALS_OAUTH, SHAPE_COUNT } shape;

static void set(cihsm_value *to, const char *name, const char *text)
{
    cihsm_error err = {0};
    if (text != NULL) {
        assert_int_equal(cihsm_value_set_string(to, name, text, &err), CIHSM_OK);
    }
}

static cihsm_value *wrapped(const char *name, cihsm_value *inside)
{
    cihsm_value *outside = cihsm_value_new_object();
    cihsm_error err = {0};
    set(outside, "name", "neighbour");
    assert_int_equal(cihsm_value_set(outside, name, &inside, &err), CIHSM_OK);
    return outside;
}

static char *document(shape in, const char *certificate, const char *key, const char *secret)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *fields = cihsm_value_new_object();
    set(fields, "clientid", CLIENT_ID);
    set(fields, "tokenurl", TOKEN_URL);
    set(fields, "url", URL);
    set(fields, "certificate", certificate);
    set(fields, "key", key);
    set(fields, "clientsecret", secret);
    if (in == OAUTH || in == CREDENTIALS_OAUTH) {
        fields = wrapped("oauth", fields);
    }
    if (in == CREDENTIALS || in == CREDENTIALS_OAUTH) {
        fields = wrapped("credentials", fields);
    }
    return fixture_json(fields);
}

static cihsm_service_key *parse(const char *text, const char *what)
{
    cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    if (service_key_parse(text, strlen(text), "k.json", &key, &err) != CIHSM_OK) {
        fail_msg("%s: %s", what, err.message);
    }
    assert_int_equal(ERR_peek_error(), 0);
    assert_string_equal(cihsm_service_key_url(key), URL);
    assert_string_equal(service_key_token_url(key), TOKEN_URL);
    assert_string_equal(service_key_client_id(key), CLIENT_ID);
    assert_string_equal(service_key_path(key), "k.json");
    return key;
}

static void external_keys_are_read_in_every_shape_and_form(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    for (int i = 0; i < SHAPE_COUNT * FORM_COUNT; i++) {
        const fixture_form form = (fixture_form)(i % FORM_COUNT);
        CIHSM_AUTO(text_free) char *field = fixture_reshape(pem, form);
        CIHSM_AUTO(text_free) char *text = document((shape)(i / FORM_COUNT), field, NULL, NULL);
        CIHSM_AUTO(cihsm_service_key_free)
        cihsm_service_key *key = parse(text, fixture_form_name(form));
        assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_EXTERNAL);
        assert_string_equal(cihsm_service_key_kind_name(key), "External Certificate");
        assert_true(certificate_same(service_key_leaf(key), pki->leaf));
        assert_int_equal(sk_X509_num(service_key_chain(key)), 0);
        assert_null(service_key_private(key));
        assert_null(service_key_secret(key));
    }
}

static void certificate_keys_are_read_in_every_shape_and_form(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const chain[] = {pki->leaf, pki->lower, pki->upper, pki->root};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(chain, 4);
    CIHSM_AUTO(text_free) char *pkcs8 = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(text_free) char *traditional = fixture_key_pem(pki->leaf_key, true, NULL);
    for (int i = 0; i < SHAPE_COUNT * FORM_COUNT * 2; i++) {
        const fixture_form form = (fixture_form)(i / 2 % FORM_COUNT);
        CIHSM_AUTO(text_free) char *field = fixture_reshape(pem, form);
        CIHSM_AUTO(text_free) char *secret = fixture_reshape(i % 2 ? pkcs8 : traditional, form);
        CIHSM_AUTO(text_free)
        char *text = document((shape)(i / 2 / FORM_COUNT), field, secret, NULL);
        CIHSM_AUTO(cihsm_service_key_free)
        cihsm_service_key *key = parse(text, fixture_form_name(form));
        assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_CERTIFICATE);
        assert_string_equal(cihsm_service_key_kind_name(key), "Certificate");
        assert_true(certificate_same(service_key_leaf(key), pki->leaf));
        assert_int_equal(EVP_PKEY_eq(service_key_private(key), pki->leaf_key), 1);
        STACK_OF(X509) *found = service_key_chain(key);
        assert_int_equal(sk_X509_num(found), 2); /* the root is not sent */
        assert_true(certificate_same(sk_X509_value(found, 0), pki->lower));
        assert_true(certificate_same(sk_X509_value(found, 1), pki->upper));
    }
}

static void the_leaf_of_a_certificate_key_is_found_by_the_private_key(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const chain[] = {pki->root, pki->upper, pki->lower, pki->leaf};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(chain, 4);
    CIHSM_AUTO(text_free) char *secret = fixture_key_pem(pki->leaf_key, true, NULL);
    CIHSM_AUTO(text_free) char *text = document(FLAT, pem, secret, NULL);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(text, "reversed");
    assert_true(certificate_same(service_key_leaf(key), pki->leaf));
    assert_int_equal(sk_X509_num(service_key_chain(key)), 2);
}

static void rsa_keys_as_sap_makes_them_are_read(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *rsa = EVP_RSA_gen(2048);
    CIHSM_AUTO(x509_cleanup)
    X509 *leaf = fixture_certificate("rsa", rsa, pki->lower, pki->lower_key, &wish);
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&leaf, 1);
    CIHSM_AUTO(text_free) char *secret = fixture_key_pem(rsa, true, NULL);
    assert_non_null(strstr(secret, "BEGIN RSA PRIVATE KEY"));
    CIHSM_AUTO(text_free) char *text = document(OAUTH, pem, secret, NULL);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(text, "rsa");
    assert_int_equal(EVP_PKEY_eq(service_key_private(key), rsa), 1);
}

static void secret_keys_are_read_in_every_shape(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        CIHSM_AUTO(text_free) char *text = document((shape)i, NULL, NULL, SECRET);
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(text, "secret");
        assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_SECRET);
        assert_string_equal(cihsm_service_key_kind_name(key), "ClientId/Secret");
        assert_string_equal(cihsm_secret_bytes(service_key_secret(key)), SECRET);
        assert_null(service_key_leaf(key));
        assert_null(service_key_private(key));
        assert_int_equal(sk_X509_num(service_key_chain(key)), 0);
    }
}

static void a_byte_order_mark_and_blanks_around_the_document_are_fine(void **state)
{
    (void)state;
    CIHSM_AUTO(text_free) char *text = document(FLAT, NULL, NULL, SECRET);
    CIHSM_AUTO(text_free) char *marked = NULL;
    cihsm_error err = {0};
    assert_int_equal(text_format(&marked, &err, "\xef\xbb\xbf\r\n %s\r\n\r\n", text), CIHSM_OK);
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(marked, "marked");
    assert_non_null(key);
}

static void the_service_root_is_made_of_every_form_of_the_url(void **state)
{
    (void)state;
    static const char *const URLS[] = {
        "https://h.example",        "https://h.example/",        "https://h.example//",
        "https://h.example/api/v1", "https://h.example/api/v1/",
    };
    for (size_t i = 0; i < sizeof URLS / sizeof *URLS; i++) {
        CIHSM_AUTO(text_free) char *text = NULL;
        CIHSM_AUTO(text_free) char *root = NULL;
        cihsm_error err = {0};
        assert_int_equal(text_format(&text, &err,
                                     "{\"url\":\"%s\",\"clientid\":\"i\",\"clientsecret\":\"s\","
                                     "\"tokenurl\":\"HTTPS://t.example/x\"}",
                                     URLS[i]),
                         CIHSM_OK);
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
        assert_int_equal(service_key_parse(text, strlen(text), "k", &key, &err), CIHSM_OK);
        assert_int_equal(service_key_root(key, &root, &err), CIHSM_OK);
        assert_string_equal(root, "https://h.example/api/v1/");
    }
}

/* The description in JSON must hold none of the secrets. */
static void assert_describes(const char *text, const char *type, const char *const *secrets)
{
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(text, type);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_describe(key, &facts, &err), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(facts, "type"), type);
    assert_string_equal(cihsm_value_get_string(facts, "url"), URL);
    assert_string_equal(cihsm_value_get_string(facts, "tokenUrl"), TOKEN_URL);
    assert_string_equal(cihsm_value_get_string(facts, "clientId"), CLIENT_ID);
    CIHSM_AUTO(text_free) char *json = fixture_json(facts);
    for (size_t i = 0; secrets[i] != NULL; i++) {
        assert_null(strstr(json, secrets[i]));
    }
}

static void a_description_has_facts_and_no_secret(void **state)
{
    const fixture_pki *pki = *state;
    X509 *const chain[] = {pki->leaf, pki->lower};
    CIHSM_AUTO(text_free) char *pem = fixture_pem(chain, 2);
    CIHSM_AUTO(text_free) char *key_pem = fixture_key_pem(pki->leaf_key, true, NULL);
    char part[17] = "";
    memcpy(part, strchr(key_pem, '\n') + 20, 16);
    CIHSM_AUTO(text_free) char *pair = document(OAUTH, pem, key_pem, NULL);
    CIHSM_AUTO(text_free) char *secret = document(OAUTH, NULL, NULL, SECRET);
    assert_describes(pair, "Certificate", (const char *const[]){part, "PRIVATE", NULL});
    assert_describes(secret, "ClientId/Secret", (const char *const[]){SECRET, "canary", NULL});

    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = parse(pair, "pair");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_describe(key, &facts, &err), CIHSM_OK);
    const cihsm_value *leaf = cihsm_value_get(facts, "certificate");
    assert_string_equal(cihsm_value_get_string(leaf, "subject"), "CN=leaf");
    assert_int_equal(cihsm_value_count(cihsm_value_get(facts, "chain")), 1);
}

static cihsm_service_key *read_with_mode(const char *text, unsigned mode, char **path)
{
    *path = fixture_file(text, strlen(text), mode);
    cihsm_service_key *key = NULL;
    cihsm_error err = {.status = CIHSM_E_STATE}; /* of an earlier call: must be cleared */
    assert_int_equal(cihsm_service_key_read(*path, &key, &err), CIHSM_OK);
    assert_int_equal(err.status, CIHSM_OK);
    return key;
}

static size_t findings_with_mode(const char *text, unsigned mode)
{
    CIHSM_AUTO(fixture_file_remove) char *path = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = read_with_mode(text, mode, &path);
    identity_finding found[IDENTITY_FINDINGS_MAX];
    size_t count = IDENTITY_FINDINGS_MAX;
    cihsm_error err = {0};
    assert_int_equal(service_key_check(key, found, &count, &err), CIHSM_OK);
    if (count > 0) {
        assert_string_equal(found[0].code, "secret-readable");
        assert_int_equal(found[0].level, IDENTITY_WARN);
        assert_non_null(strstr(found[0].sentence, path));
    }
    return count;
}

static void a_secret_that_others_may_read_is_a_finding(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&pki->leaf, 1);
    CIHSM_AUTO(text_free) char *key_pem = fixture_key_pem(pki->leaf_key, false, NULL);
    CIHSM_AUTO(text_free) char *external = document(FLAT, pem, NULL, NULL);
    CIHSM_AUTO(text_free) char *pair = document(FLAT, pem, key_pem, NULL);
    CIHSM_AUTO(text_free) char *secret = document(FLAT, NULL, NULL, SECRET);
    assert_int_equal(findings_with_mode(external, 0644), 0);
    assert_int_equal(findings_with_mode(pair, 0600), 0);
    assert_int_equal(findings_with_mode(pair, 0640), 1);
    assert_int_equal(findings_with_mode(secret, 0604), 1);
    assert_int_equal(findings_with_mode(secret, 0600), 0);

    CIHSM_AUTO(fixture_file_remove) char *path = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = read_with_mode(secret, 0644, &path);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_describe(key, &facts, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_count(cihsm_value_get(facts, "warnings")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(external_keys_are_read_in_every_shape_and_form),
        cmocka_unit_test(certificate_keys_are_read_in_every_shape_and_form),
        cmocka_unit_test(the_leaf_of_a_certificate_key_is_found_by_the_private_key),
        cmocka_unit_test(rsa_keys_as_sap_makes_them_are_read),
        cmocka_unit_test(secret_keys_are_read_in_every_shape),
        cmocka_unit_test(a_byte_order_mark_and_blanks_around_the_document_are_fine),
        cmocka_unit_test(the_service_root_is_made_of_every_form_of_the_url),
        cmocka_unit_test(a_description_has_facts_and_no_secret),
        cmocka_unit_test(a_secret_that_others_may_read_is_a_finding),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
