/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read of Cloud Foundry's answers, and what is made for its requests.
 */
#include "btp/cloud_foundry.h"

#include <string.h>

#include "base/json.h"
#include "btp/cloud_foundry_job.h"
#include "btp/cloud_foundry_login.h"
#include "btp/cloud_foundry_row.h"
#include "btp/cloud_foundry_verify.h"
#include "btp/cloud_foundry_wish.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "unit/identity/fixture.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define GUID "dde5ad2a-d8f4-44dc-a56f-0452d744f1c3"

static cihsm_value *parse(const char *text)
{
    cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(text, strlen(text), &value, NULL), CIHSM_OK);
    return value;
}

/* --- tokens -------------------------------------------------------------------------------- */

static void tokens_are_taken_as_they_are_printed(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"a.b-c_d", "bearer a.b-c_d", "Bearer a.b-c_d\n",
                                       "  BEARER \t a.b-c_d \r\n", "\na.b-c_d\n\n"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        CIHSM_AUTO(cihsm_secret_free) cihsm_secret *header = NULL;
        assert_int_equal(cf_token_header(ROWS[i], strlen(ROWS[i]), &header, NULL), CIHSM_OK);
        assert_string_equal(cihsm_secret_bytes(header), "Bearer a.b-c_d");
    }
}

static void what_cannot_be_a_token_is_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"",
                                       " \n",
                                       "bearer",
                                       "bearer \n",
                                       "bearer a b",
                                       "a\nbc",
                                       "a\x01"
                                       "secret",
                                       "t\xc3\xb6ken"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        CIHSM_AUTO(cihsm_secret_free) cihsm_secret *header = NULL;
        cihsm_error err = {0};
        assert_int_equal(cf_token_header(ROWS[i], strlen(ROWS[i]), &header, &err), CIHSM_E_CONFIG);
        assert_null(header);
        assert_error(&err, CIHSM_E_CONFIG, "cf oauth-token");
        assert_null(strstr(err.message, "secret"));
    }
}

/* --- lists --------------------------------------------------------------------------------- */

static void pages_are_put_together(void **state)
{
    (void)state;
    const char *next = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *first = parse("{\"pagination\":{\"next\":{\"href\":\"https://h/2\"}},"
                               "\"resources\":[{\"guid\":\"a\"},{\"guid\":\"b\"}]}");
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *last = parse("{\"pagination\":{\"next\":null},\"resources\":[{\"guid\":\"c\"}]}");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *bare = parse("{\"resources\":[]}");
    assert_int_equal(cf_page_take(first, "h", all, &next, NULL), CIHSM_OK);
    assert_string_equal(next, "https://h/2");
    assert_int_equal(cf_page_take(last, "h", all, &next, NULL), CIHSM_OK);
    assert_null(next);
    assert_int_equal(cf_page_take(bare, "h", all, &next, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(all), 3);
}

static void what_is_no_page_is_refused(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"{}", "{\"resources\":{}}", "{\"resources\":[{}]}",
                                       "{\"resources\":[\"a\"]}",
                                       "{\"resources\":[{\"guid\":17}]}"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const char *next = NULL;
        CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
        CIHSM_AUTO(cihsm_value_free) cihsm_value *page = parse(ROWS[i]);
        assert_int_equal(cf_page_take(page, "h", all, &next, NULL), CIHSM_E_PROTOCOL);
    }
}

static void instances_are_found_by_name_and_guid(void **state)
{
    (void)state;
    const cihsm_value *found = NULL;
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *all = parse("[{\"guid\":\"" GUID "\",\"name\":\"cpi-api\"},"
                             "{\"guid\":\"a\",\"name\":\"twice\"},{\"guid\":\"b\"},"
                             "{\"guid\":\"c\",\"name\":\"twice\"}]");
    assert_int_equal(cf_instance_choose(all, "cpi-api", &found, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(found, "guid"), GUID);
    assert_int_equal(cf_instance_choose(all, "DDE5AD2A-D8F4-44DC-A56F-0452D744F1C3", &found, NULL),
                     CIHSM_OK);
    assert_int_equal(cf_instance_choose(all, "twice", &found, &err), CIHSM_E_CONFLICT);
    assert_error(&err, CIHSM_E_CONFLICT, "by its GUID, for example c");
    err = (cihsm_error){0};
    assert_int_equal(cf_instance_choose(all, "cpi-ap", &found, &err), CIHSM_E_NOT_FOUND);
    assert_error(&err, CIHSM_E_NOT_FOUND, "did you mean cpi-api");
}

static void guids_are_known_by_their_form(void **state)
{
    (void)state;
    assert_true(cf_is_guid(GUID));
    assert_false(cf_is_guid(""));
    assert_false(cf_is_guid("dde5ad2a-d8f4-44dc-a56f-0452d744f1c"));
    assert_false(cf_is_guid(GUID "0"));
    assert_false(cf_is_guid("dde5ad2a-d8f4-44dc-a56f-0452d744f1cg"));
    assert_false(cf_is_guid("dde5ad2a/d8f4-44dc-a56f-0452d744f1c3"));
}

/* --- jobs ---------------------------------------------------------------------------------- */

static void jobs_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *job;
        cf_job_state state;
        const char *reason;
    } ROWS[] = {
        {"{\"state\":\"PROCESSING\"}", CF_JOB_GOING, ""},
        {"{\"state\":\"POLLING\",\"errors\":[]}", CF_JOB_GOING, ""},
        {"{\"state\":\"COMPLETE\"}", CF_JOB_DONE, ""},
        {"{\"state\":\"FAILED\"}", CF_JOB_FAILED, ""},
        {"{\"state\":\"FAILED\",\"errors\":[{\"code\":1,\"title\":\"T\",\"detail\":\"a\\u001b\"},"
         "{\"title\":\"CF-X\"},{\"detail\":1},3]}",
         CF_JOB_FAILED, "a\\x1b; CF-X"},
        {"{\"state\":\"FAILED\",\"errors\":\"no\"}", CF_JOB_FAILED, ""},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        char reason[CF_JOB_REASON_SIZE];
        cf_job_state found = CF_JOB_GOING;
        CIHSM_AUTO(cihsm_value_free) cihsm_value *job = parse(ROWS[i].job);
        assert_int_equal(cf_job_read(job, "h", &found, reason, NULL), CIHSM_OK);
        assert_int_equal(found, ROWS[i].state);
        assert_string_equal(reason, ROWS[i].reason);
    }
}

static void a_state_that_is_not_known_is_no_success(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"{}", "{\"state\":1}", "{\"state\":\"complete\"}",
                                       "{\"state\":\"DONE\"}"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        char reason[CF_JOB_REASON_SIZE];
        cf_job_state found = CF_JOB_GOING;
        CIHSM_AUTO(cihsm_value_free) cihsm_value *job = parse(ROWS[i]);
        assert_int_equal(cf_job_read(job, "h", &found, reason, NULL), CIHSM_E_PROTOCOL);
    }
}

/* --- documents ----------------------------------------------------------------------------- */

/* {"credentials":{"oauth":{...}}} with this certificate; the caller's. */
static cihsm_value *details_with(X509 *certificate)
{
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&certificate, 1);
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *oauth = parse("{\"clientid\":\"sb-x\",\"url\":\"https://t.example\","
                               "\"tokenurl\":\"https://u.example/oauth/token\"}");
    cihsm_value *details = parse("{\"credentials\":{},\"syslog_drain_url\":null}");
    assert_int_equal(cihsm_value_set_string(oauth, "certificate", pem, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_set(json_get(details, "credentials"), "oauth", &oauth, NULL),
                     CIHSM_OK);
    return details;
}

static void a_service_key_is_taken_out_of_its_details(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *details = details_with(pki->leaf);
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    assert_int_equal(cf_details_take(details, "h", &document, &key, NULL), CIHSM_OK);
    assert_int_equal(cihsm_service_key_kind(key), CIHSM_SERVICE_KEY_EXTERNAL);
    assert_non_null(cihsm_value_at(document, "oauth.certificate"));
}

static void what_is_no_service_key_is_refused(void **state)
{
    (void)state;
    static const char *const ROWS[] = {
        "{}",
        "{\"credentials\":null}",
        "{\"credentials\":[]}",
        "{\"credentials\":{}}",
        "{\"credentials\":{\"oauth\":{\"url\":\"http://t\"}}}",
        "{\"credentials\":{\"oauth\":{\"url\":\"https://t\",\"certificate\":\"none\"}}}"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *details = parse(ROWS[i]);
        CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
        CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
        assert_int_equal(cf_details_take(details, "h", &document, &key, NULL), CIHSM_E_PROTOCOL);
        assert_null(document);
    }
}

static void a_row_has_what_is_known(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *details = details_with(pki->leaf);
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    assert_int_equal(cf_details_take(details, "h", &document, &key, NULL), CIHSM_OK);
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *binding = parse("{\"guid\":\"" GUID "\",\"name\":\"k\",\"last_operation\":null,"
                                 "\"relationships\":{\"service_instance\":{\"data\":{\"guid\":"
                                 "\"i\"}}}}");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *full = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *bare = NULL;
    const cf_row_facts known = {.binding = binding, .key = key, .own = key};
    const cf_row_facts unknown = {.binding = binding, .own = key};
    assert_int_equal(cf_row(&known, &full, NULL), CIHSM_OK);
    assert_int_equal(cf_row(&unknown, &bare, NULL), CIHSM_OK);
    double days = 0;
    assert_true(cihsm_value_number(cihsm_value_get(full, "daysLeft"), &days));
    assert_true(days >= 363 && days <= 365);
    assert_string_equal(cihsm_value_get_string(full, "type"), "External Certificate");
    assert_string_equal(cihsm_value_get_string(full, "instanceGuid"), "i");
    assert_true(cihsm_value_is_true(cihsm_value_get(full, "inUse")));
    assert_null(cihsm_value_get_string(bare, "type"));
    assert_false(cihsm_value_is_true(cihsm_value_get(bare, "inUse")));
    assert_int_equal(cihsm_value_count(full), cihsm_value_count(bare));
}

static cihsm_service_key *secret_key(const char *client, const char *secret)
{
    cihsm_service_key *key = NULL;
    CIHSM_AUTO(text_free) char *text = NULL;
    assert_int_equal(text_format(&text, NULL,
                                 "{\"url\":\"https://t.example\",\"tokenurl\":\"https://u/t\","
                                 "\"clientid\":\"%s\",\"clientsecret\":\"%s\"}",
                                 client, secret),
                     CIHSM_OK);
    assert_int_equal(service_key_parse(text, strlen(text), "k", &key, NULL), CIHSM_OK);
    return key;
}

static void keys_of_one_instance_differ_by_their_secrets(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *one = secret_key("c", "s1");
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *same = secret_key("c", "s1");
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *other = secret_key("c", "s2");
    assert_true(cf_key_same(one, same));
    assert_false(cf_key_same(one, other));
    assert_false(cf_key_same(one, NULL));
    assert_false(cf_key_same(NULL, NULL));
}

/* --- requests ------------------------------------------------------------------------------ */

static cihsm_value *parameters_of(X509 *certificate)
{
    cihsm_value *parameters = NULL;
    CIHSM_AUTO(text_free) char *pem = fixture_pem(&certificate, 1);
    assert_int_equal(cihsm_service_key_params_pem(pem, strlen(pem), "pem", &parameters, NULL),
                     CIHSM_OK);
    return parameters;
}

static void names_are_made_of_common_name_and_end(void **state)
{
    const fixture_pki *pki = *state;
    static const struct {
        const char *common_name;
        const char *begins;
    } ROWS[] = {
        {"cpi-client.example_1", "cpi-client.example_1-2"},
        {"a b/c\xc3\xa4", "a-b-c---2"},
        {"a-name-that-is-far-too-long-for-it", "a-name-that-is-far-to-2"},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const fixture_wish wish = {0};
        CIHSM_AUTO(x509_cleanup)
        X509 *leaf = fixture_certificate(ROWS[i].common_name, pki->leaf_key, pki->lower,
                                         pki->lower_key, &wish);
        CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = parameters_of(leaf);
        CIHSM_AUTO(cf_wish_free) cf_wish made = {.name = NULL};
        const cihsm_cf_key key = {.instance = "i", .parameters = parameters};
        assert_int_equal(cf_wish_read(&key, &made, NULL), CIHSM_OK);
        assert_memory_equal(made.name, ROWS[i].begins, strlen(ROWS[i].begins));
        assert_int_equal(strlen(made.name), strlen(ROWS[i].begins) + 9);
        assert_true(strlen(made.name) <= CIHSM_CF_NAME_MAX);
    }
}

static void given_names_have_one_to_32_characters(void **state)
{
    const fixture_pki *pki = *state;
    static const struct {
        const char *name;
        cihsm_status status;
    } ROWS[] = {
        {"x", CIHSM_OK},
        {"12345678901234567890123456789012", CIHSM_OK},
        {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
         CIHSM_OK},
        {"123456789012345678901234567890123", CIHSM_E_USAGE},
        {"", CIHSM_E_USAGE},
        {"a\nb", CIHSM_E_USAGE},
        {"a\xff", CIHSM_E_USAGE},
    };
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = parameters_of(pki->leaf);
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        CIHSM_AUTO(cf_wish_free) cf_wish made = {.name = NULL};
        const cihsm_cf_key key = {.instance = "i", .name = ROWS[i].name, .parameters = parameters};
        assert_int_equal(cf_wish_read(&key, &made, NULL), ROWS[i].status);
    }
}

static void other_parameters_make_no_key(void **state)
{
    (void)state;
    static const char *const ROWS[] = {
        "{}", "{\"key-type\":\"certificate\",\"validity\":365,\"key-length\":2048}",
        "{\"key-type\":\"certificate_external\"}"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = parse(ROWS[i]);
        CIHSM_AUTO(cf_wish_free) cf_wish made = {.name = NULL};
        const cihsm_cf_key key = {.instance = "i", .parameters = parameters};
        assert_int_equal(cf_wish_read(&key, &made, NULL), CIHSM_E_ARGUMENT);
    }
}

static void the_request_is_told_without_asking(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = parameters_of(pki->leaf);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *request = NULL;
    const cihsm_cf_key key = {.instance = GUID, .name = "k", .parameters = parameters};
    assert_int_equal(cihsm_cf_describe_create("https://API.example/", &key, &request, NULL),
                     CIHSM_OK);
    CIHSM_AUTO(text_free) char *body = fixture_json(cihsm_value_get(request, "body"));
    CIHSM_AUTO(text_free) char *sent = fixture_json(parameters);
    CIHSM_AUTO(text_free) char *wanted = NULL;
    assert_int_equal(text_format(&wanted, NULL,
                                 "{\"type\":\"key\",\"name\":\"k\",\"relationships\":{"
                                 "\"service_instance\":{\"data\":{\"guid\":\"" GUID
                                 "\"}}},\"parameters\":%s}",
                                 sent),
                     CIHSM_OK);
    assert_string_equal(body, wanted);
    assert_string_equal(cihsm_value_get_string(request, "url"),
                        "https://api.example/v3/service_credential_bindings");
    assert_int_equal(cihsm_cf_describe_create("http://api.example", &key, &request, NULL),
                     CIHSM_E_USAGE);
}

/* What cf_verify says of a document that was asked for with a certificate. @param change  made to
 * the document before; may be NULL */
static cihsm_status verify(X509 *wanted, X509 *made, void (*change)(cihsm_value *oauth),
                           cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = parameters_of(wanted);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *details = details_with(made);
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CIHSM_AUTO(cf_wish_free) cf_wish wish = {.name = NULL};
    const cihsm_cf_key asked = {.instance = "i", .name = "k", .parameters = parameters};
    if (change != NULL) {
        change(json_get(json_get(details, "credentials"), "oauth"));
    }
    assert_int_equal(cf_wish_read(&asked, &wish, NULL), CIHSM_OK);
    assert_int_equal(cf_details_take(details, "h", &document, &key, NULL), CIHSM_OK);
    return cf_verify(&wish, document, key, err);
}

static void lose_client_id(cihsm_value *oauth)
{
    json_remove(oauth, json_get(oauth, "clientid"));
}

static void become_secret(cihsm_value *oauth)
{
    json_remove(oauth, json_get(oauth, "certificate"));
    assert_int_equal(cihsm_value_set_string(oauth, "clientsecret", "s", NULL), CIHSM_OK);
}

static void end_sooner(cihsm_value *oauth)
{
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *details = parse("{\"validuntil\":\"2023-06-24T12:56:52.000Z\"}");
    assert_int_equal(cihsm_value_set(oauth, "certificatedetails", &details, NULL), CIHSM_OK);
}

static void what_was_made_is_what_was_asked_for(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish plain = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *renewed = fixture_certificate("leaf", pki->leaf_key, pki->lower, pki->lower_key, &plain);
    const struct {
        X509 *made;
        void (*change)(cihsm_value *oauth);
        const char *says;
    } rows[] = {
        {renewed, NULL, "\"k\" is there, but another certificate is in it"},
        {pki->leaf, lose_client_id, "clientid or tokenurl is missing"},
        {pki->leaf, become_secret, "it is of type ClientId/Secret"},
        {pki->leaf, end_sooner, "certificatedetails.validuntil"},
    };
    assert_int_equal(verify(pki->leaf, pki->leaf, NULL, NULL), CIHSM_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        cihsm_error err = {0};
        assert_int_equal(verify(pki->leaf, rows[i].made, rows[i].change, &err), CIHSM_E_CHECK);
        assert_error(&err, CIHSM_E_CHECK, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_taken_as_they_are_printed),
        cmocka_unit_test(what_cannot_be_a_token_is_refused_and_not_repeated),
        cmocka_unit_test(pages_are_put_together),
        cmocka_unit_test(what_is_no_page_is_refused),
        cmocka_unit_test(instances_are_found_by_name_and_guid),
        cmocka_unit_test(guids_are_known_by_their_form),
        cmocka_unit_test(jobs_are_read),
        cmocka_unit_test(a_state_that_is_not_known_is_no_success),
        cmocka_unit_test(a_service_key_is_taken_out_of_its_details),
        cmocka_unit_test(what_is_no_service_key_is_refused),
        cmocka_unit_test(a_row_has_what_is_known),
        cmocka_unit_test(keys_of_one_instance_differ_by_their_secrets),
        cmocka_unit_test(names_are_made_of_common_name_and_end),
        cmocka_unit_test(given_names_have_one_to_32_characters),
        cmocka_unit_test(other_parameters_make_no_key),
        cmocka_unit_test(the_request_is_told_without_asking),
        cmocka_unit_test(what_was_made_is_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
