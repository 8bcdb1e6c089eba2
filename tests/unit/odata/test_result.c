/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "fake_transport.h"
#include "odata/service.h"

#define ROOT "https://host/api/v1/"
#define JSON "application/json"

static const char *type_of(const void *user, const char *owner, const char *property)
{
    (void)user;
    return strcmp(owner, "Logs") == 0 && strcmp(property, "Text") == 0 ? "Edm.String" : NULL;
}

static cihsm_status advise(void *user, long http_status, const char *path, char **out,
                           cihsm_error *err)
{
    (void)user;
    return text_format(out, err, "advice for %ld at %s", http_status, path);
}

static odata_service service_over(fake_transport *fake)
{
    return (odata_service){
        .transport = fake_transport_table(fake),
        .root = ROOT,
        .hint = {.write = advise},
        .types = {type_of, NULL},
    };
}

static void reads_all_pages_and_tidies_them(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs?$top=5", 200, JSON,
         "{\"d\":{\"__count\":\"3\",\"results\":[{\"__metadata\":{},\"Text\":\"/Date(0)/\",\"At\":"
         "\"/Date(0)/\"}],\"__next\":\"https:\\/\\/host:443/api/v1/Logs?$skiptoken=1&q='a'\"}}"},
        {ROOT "Logs?$skiptoken=1&q='a'", 200, JSON,
         "{\"d\":{\"results\":[{\"N\":\"2\"}],\"__next\":\"Logs?$skiptoken=2\"}}"},
        {ROOT "Logs?$skiptoken=2", 200, JSON, "{\"d\":{\"results\":[]}}"},
        {0},
    };
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = 5;
    cihsm_error err = {0};

    assert_int_equal(odata_result_open(&service, "Logs", &query, &result, &err), CIHSM_OK);
    assert_string_equal(fake.accept, "application/json");
    assert_string_equal(fake.version, "2.0");
    assert_int_equal(odata_result_what(result), CIHSM_RESULT_COLLECTION);
    assert_string_equal(odata_result_count(result), "3");
    const cihsm_value *entry = cihsm_value_first(odata_result_value(result));
    assert_int_equal(cihsm_value_count(entry), 2);
    assert_string_equal(cihsm_value_get_string(entry, "Text"), "/Date(0)/");
    assert_string_equal(cihsm_value_get_string(entry, "At"), "1970-01-01T00:00:00Z");
    size_t len = 0;
    assert_non_null(strstr(odata_result_bytes(result, &len), "__metadata"));
    assert_int_equal(len, strlen(ANSWERS[0].body));

    assert_true(odata_result_has_more(result));
    assert_int_equal(odata_result_next(result, &err), CIHSM_OK);
    entry = cihsm_value_first(odata_result_value(result));
    assert_string_equal(cihsm_value_get_string(entry, "N"), "2");
    assert_int_equal(odata_result_next(result, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_count(odata_result_value(result)), 0);
    assert_false(odata_result_has_more(result));
    assert_int_equal(odata_result_next(result, &err), CIHSM_E_STATE);
    assert_int_equal(fake.requests, 3);
}

/* For a set that does neither $top nor $select. */
static void cuts_and_selects_what_the_server_does_not(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs", 200, JSON,
         "{\"d\":{\"results\":[{\"A\":1,\"B\":1},{\"A\":2,\"B\":2}],\"__next\":\"Logs?p=2\"}}"},
        {ROOT "Logs?p=2", 200, JSON,
         "{\"d\":{\"results\":[{\"A\":3,\"B\":3},{\"A\":4}],\"__next\":\"Logs?p=3\"}}"},
        {0},
    };
    fake_transport fake = {.answers = ANSWERS};
    odata_service service = service_over(&fake);
    service.narrow = (odata_narrow){.select = "A", .has_top = true, .top = 3};
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(odata_result_value(result)), 2);
    const cihsm_value *entry = cihsm_value_first(odata_result_value(result));
    assert_null(cihsm_value_get(entry, "B"));
    assert_non_null(cihsm_value_get(entry, "A"));
    assert_true(odata_result_has_more(result));
    assert_int_equal(odata_result_next(result, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(odata_result_value(result)), 1);
    assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_OK);
    assert_non_null(cihsm_value_get(entry, "A"));
    assert_null(cihsm_value_get(entry, "B"));
    assert_int_equal(odata_result_entry(result, &entry, NULL), CIHSM_OK);
    assert_null(entry);
    assert_false(odata_result_has_more(result));
    assert_int_equal(odata_result_next(result, NULL), CIHSM_E_STATE);
    assert_int_equal(fake.requests, 2);
}

static void can_be_cut_to_nothing(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs", 200, JSON, "{\"d\":{\"results\":[{\"A\":1}],\"__next\":\"Logs?p=2\"}}"}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    odata_service service = service_over(&fake);
    service.narrow = (odata_narrow){.has_top = true, .top = 0};
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(odata_result_value(result)), 0);
    assert_false(odata_result_has_more(result));
}

static void takes_another_format_as_it_comes(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs?$format=atom", 200, "application/atom+xml", "<feed/>"}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    cihsm_query query = CIHSM_QUERY_INIT;
    query.format = "atom";
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    cihsm_error err = {0};
    assert_int_equal(odata_result_open(&service, "Logs", &query, &result, &err), CIHSM_OK);
    assert_string_equal(fake.accept, "*/*");
    assert_int_equal(odata_result_what(result), CIHSM_RESULT_BYTES);
    size_t len = 0;
    assert_string_equal(odata_result_bytes(result, &len), "<feed/>");
}

typedef struct link_row {
    const char *link;
    const char *says;
} link_row;

static const link_row FOREIGN[] = {
    {"https://other/api/v1/Logs?$skiptoken=1", "leads out"},
    {"https://host:8443/api/v1/Logs?$skiptoken=1", "leads out"},
    {"https://host.other/api/v1/Logs", "leads out"},
    {"http://host/api/v1/Logs?$skiptoken=1", "https"},
    {"//other/api/v1/Logs", "leads out"},
    {"/other/Logs", "leads out"},
    {"../Logs", "leads out"},
    {"https://host/api/v1/%2e%2e/v2/Logs", "leads out"},
    {"https://user:secret@host/api/v1/Logs", "cannot be followed"},
    {"file:///etc/passwd", "cannot be followed"},
    {"https://host:443:443/api/v1/Logs", "cannot be followed"},
    {"https://host/api/v1/Lo gs", "cannot be followed"},
    {ROOT "Logs", "repeats"},
    {"https://HOST:443/api/v1/Logs", "repeats"},
    {"Logs", "repeats"},
};

static void does_not_follow_a_link_out_of_the_service_or_in_circles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
        char body[256];
        snprintf(body, sizeof body, "{\"d\":{\"results\":[1],\"__next\":\"%s\"}}", FOREIGN[i].link);
        const fake_answer answers[] = {{ROOT "Logs", 200, JSON, body}, {0}};
        fake_transport fake = {.answers = answers};
        const odata_service service = service_over(&fake);
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        cihsm_error err = {0};
        assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, &err), CIHSM_OK);
        assert_int_equal(odata_result_next(result, &err), CIHSM_E_PROTOCOL);
        if (strstr(err.message, FOREIGN[i].says) == NULL) {
            print_error("%s: %s\n", FOREIGN[i].link, err.message);
        }
        assert_non_null(strstr(err.message, FOREIGN[i].says));
        assert_int_equal(fake.requests, 1);
        assert_int_equal(cihsm_value_count(odata_result_value(result)), 1);
    }
}

static void notices_a_circle_of_several_pages(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {ROOT "Logs", 200, JSON, "{\"d\":{\"results\":[1],\"__next\":\"Logs?t=1\"}}"},
        {ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"results\":[2],\"__next\":\"Logs?t=2\"}}"},
        {ROOT "Logs?t=2", 200, JSON, "{\"d\":{\"results\":[3],\"__next\":\"Logs?t=1\"}}"},
        {0},
    };
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(odata_result_next(result, NULL), CIHSM_OK);
    assert_int_equal(odata_result_next(result, NULL), CIHSM_OK);
    assert_int_equal(odata_result_next(result, NULL), CIHSM_E_PROTOCOL);
    assert_int_equal(fake.requests, 3);
}

typedef struct failing_page {
    fake_answer second;
    cihsm_status status;
    const char *says;
} failing_page;

static const failing_page FAILING[] = {
    {{ROOT "Logs?t=1", 0, NULL, ""}, CIHSM_E_NETWORK, "connection lost"},
    {{ROOT "Logs?t=1", 503, NULL, ""}, CIHSM_E_SERVER, "503 from tenant: unavailable (Logs)"},
    {{ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"results\":[2]"}, CIHSM_E_PROTOCOL, "is broken"},
    {{ROOT "Logs?t=1", 200, "text/html", "<html>"}, CIHSM_E_PROTOCOL, "perhaps a login page"},
    {{ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"A\":1}}"}, CIHSM_E_PROTOCOL, "no list of entries"},
    {{ROOT "Logs?t=1", 204, NULL, ""}, CIHSM_E_PROTOCOL, "204 from tenant"},
};

static void keeps_the_page_when_the_next_fails_and_may_be_asked_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FAILING / sizeof *FAILING; i++) {
        const fake_answer first = {ROOT "Logs", 200, JSON,
                                   "{\"d\":{\"results\":[1,2],\"__next\":\"Logs?t=1\"}}"};
        const fake_answer bad[] = {first, FAILING[i].second, {0}};
        const fake_answer good[] = {
            first, {ROOT "Logs?t=1", 200, JSON, "{\"d\":{\"results\":[3]}}"}, {0}};
        fake_transport fake = {.answers = bad};
        const odata_service service = service_over(&fake);
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        cihsm_error err = {0};
        assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, &err), CIHSM_OK);
        assert_int_equal(odata_result_next(result, &err), FAILING[i].status);
        assert_non_null(strstr(err.message, FAILING[i].says));
        assert_int_equal(cihsm_value_count(odata_result_value(result)), 2);
        assert_true(odata_result_has_more(result));
        fake.answers = good;
        assert_int_equal(odata_result_next(result, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_count(odata_result_value(result)), 1);
    }
}

typedef struct request_row {
    const char *path;
    const char *url;
    const char *accept;
} request_row;

static const request_row REQUESTS[] = {
    {"/", ROOT, "application/json"},
    {"$metadata", ROOT "$metadata", "application/xml"},
    {"Logs/$count", ROOT "Logs/$count", "*/*"},
    {"Logs('x')/$value", ROOT "Logs('x')/$value", "*/*"},
    {"Logs('$value')", ROOT "Logs('%24value')", "application/json"},
    {ROOT "Logs/$count?a=/$x", ROOT "Logs/$count?a=/$x", "*/*"},
};

static void asks_for_the_representation_that_fits_the_path(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {{NULL, 200, "text/plain", "17"}, {0}};
    for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++) {
        fake_transport fake = {.answers = ANSWERS};
        const odata_service service = service_over(&fake);
        CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
        size_t len = 0;
        assert_int_equal(odata_result_open(&service, REQUESTS[i].path, NULL, &result, NULL),
                         CIHSM_OK);
        assert_string_equal(fake.url, REQUESTS[i].url);
        assert_string_equal(fake.accept, REQUESTS[i].accept);
        assert_int_equal(odata_result_what(result), CIHSM_RESULT_BYTES);
        assert_null(odata_result_value(result));
        assert_string_equal(odata_result_bytes(result, &len), "17");
        assert_string_equal(odata_result_content_type(result), "text/plain");
        assert_int_equal(len, 2);
    }
}

static void takes_204_for_a_value_only(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {{NULL, 204, NULL, ""}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    cihsm_error err = {0};
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "204 from tenant: no content (Logs)"));
    assert_int_equal(odata_result_open(&service, "Logs('x')/$value", NULL, &result, NULL),
                     CIHSM_OK);
}

static void uses_the_hints_of_the_caller_when_refused(void **state)
{
    (void)state;
    static const fake_answer REFUSED[] = {{NULL, 401, NULL, ""}, {0}};
    static const fake_answer FORBIDDEN[] = {{NULL, 403, NULL, ""}, {0}};
    fake_transport fake = {.answers = REFUSED};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    cihsm_error err = {0};
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, &err), CIHSM_E_REFUSED);
    assert_non_null(strstr(err.message, "advice for 401 at Logs"));
    assert_null(result);
    fake.answers = FORBIDDEN;
    err = (cihsm_error){0};
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, &err), CIHSM_E_REFUSED);
    assert_non_null(strstr(err.message, "advice for 403 at Logs"));
}

static void leaves_json_that_is_no_odata_untouched(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {
        {NULL, 200, JSON, "{\"result\":\"/Date(0)/\",\"__metadata\":1}"}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Status('any')", NULL, &result, NULL), CIHSM_OK);
    assert_int_equal(odata_result_what(result), CIHSM_RESULT_ENTITY);
    assert_int_equal(cihsm_value_count(odata_result_value(result)), 2);
    assert_string_equal(cihsm_value_get_string(odata_result_value(result), "result"), "/Date(0)/");
}

static void sends_nothing_for_a_path_that_cannot_be_sent(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {{NULL, 200, JSON, "{}"}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    const odata_service service = service_over(&fake);
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Logs('a/b')", NULL, &result, NULL),
                     CIHSM_E_USAGE);
    assert_int_equal(odata_result_open(&service, "https://other/api/v1/A", NULL, &result, NULL),
                     CIHSM_E_USAGE);
    assert_int_equal(fake.requests, 0);
}

static void stops_at_the_size_that_the_caller_allows(void **state)
{
    (void)state;
    static const fake_answer ANSWERS[] = {{NULL, 200, JSON, "{\"d\":{\"results\":[]}}"}, {0}};
    fake_transport fake = {.answers = ANSWERS};
    odata_service service = service_over(&fake);
    service.response_max_bytes = 10;
    CIHSM_AUTO(odata_result_free) odata_result *result = NULL;
    assert_int_equal(odata_result_open(&service, "Logs", NULL, &result, NULL), CIHSM_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_pages_and_tidies_them),
        cmocka_unit_test(cuts_and_selects_what_the_server_does_not),
        cmocka_unit_test(can_be_cut_to_nothing),
        cmocka_unit_test(takes_another_format_as_it_comes),
        cmocka_unit_test(does_not_follow_a_link_out_of_the_service_or_in_circles),
        cmocka_unit_test(notices_a_circle_of_several_pages),
        cmocka_unit_test(keeps_the_page_when_the_next_fails_and_may_be_asked_again),
        cmocka_unit_test(asks_for_the_representation_that_fits_the_path),
        cmocka_unit_test(takes_204_for_a_value_only),
        cmocka_unit_test(uses_the_hints_of_the_caller_when_refused),
        cmocka_unit_test(leaves_json_that_is_no_odata_untouched),
        cmocka_unit_test(sends_nothing_for_a_path_that_cannot_be_sent),
        cmocka_unit_test(stops_at_the_size_that_the_caller_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
