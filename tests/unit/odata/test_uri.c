/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/path.h"
#include "odata/query.h"
#include "odata/uri.h"

static const char ROOT[] = "https://host/api/v1/";

typedef struct uri_row {
    const char *path;
    const char *url; /* without ROOT */
} uri_row;

static const uri_row ENCODED[] = {
    {"", ""},
    {"/", ""},
    {"///", ""},
    {"MessageProcessingLogs", "MessageProcessingLogs"},
    {"/MessageProcessingLogs", "MessageProcessingLogs"},
    {"MessageProcessingLogs/", "MessageProcessingLogs"},
    {"MessageProcessingLogs/$count", "MessageProcessingLogs/$count"},
    {"$metadata", "$metadata"},
    {"A('x')/$links/B('y')", "A('x')/$links/B('y')"},
    {"A(Id='X',Version='active')/$value", "A(Id='X',Version='active')/$value"},
    {"A(Id='X', Version='active')", "A(Id='X',%20Version='active')"},
    {"AccessPolicies(1901L)", "AccessPolicies(1901L)"},
    {"A(N=-3,Failed=false)", "A(N=-3,Failed=false)"},
    {"A('')", "A('')"},
    {"A( Id = 'x' , N = 1 )", "A(%20Id%20=%20'x'%20,%20N%20=%201%20)"},
    {"A('O''Brien')", "A('O''Brien')"},
    {"A('''')", "A('''')"},
    {"A(datetime'2014-09-01T00:00:00')", "A(datetime'2014-09-01T00%3A00%3A00')"},
    {"A('sap-it-res:msg:x')", "A('sap-it-res%3Amsg%3Ax')"},
    {"A('100%')", "A('100%25')"},
    {"A('%2F')", "A('%252F')"},
    {"A('a#b?c+d e&f')", "A('a%23b%3Fc%2Bd%20e%26f')"},
    {"A('(,)=$')", "A('%28%2C%29%3D%24')"},
    {"A('\xc3\xa4\xe2\x82\xac')", "A('%C3%A4%E2%82%AC')"},
    {"A('..')", "A('..')"},
    {"A%2e", "A%252e"},
    {"..%2f", "..%252f"},
    {"A#b", "A%23b"},
    {"a:b@c", "a%3Ab%40c"},
    {"//evil.example/x", "evil.example/x"},
};

static void encodes_a_path_that_is_given_unencoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ENCODED / sizeof *ENCODED; i++) {
        CIHSM_AUTO(text_free) char *url = NULL;
        cihsm_error err = {0};
        assert_int_equal(odata_uri_build(ROOT, ENCODED[i].path, NULL, &url, &err), CIHSM_OK);
        assert_true(text_starts(url, ROOT));
        assert_string_equal(url + strlen(ROOT), ENCODED[i].url);
    }
}

typedef struct refusal_row {
    const char *path;
    const char *says;
} refusal_row;

static const refusal_row REFUSED[] = {
    {"A('a/b')", "slash inside a key at position 5"},
    {"A('a/b')", "KeystoreEntries(Alias='a/b')"},
    {"A('a\\b')", "backslash inside a key at position 5"},
    {"A('x", "quote that is not closed at position 3 of the path"},
    {"A('x''", "quote that is not closed at position 3 of the path"},
    {"A('x'", "parenthesis that is not closed at position 2 of"},
    {"A(", "parenthesis that is not closed at position 2"},
    {"A(1", "parenthesis that is not closed at position 2"},
    {"A('O'Brien')", "position 5 of the path; a quote inside a key is written twice"},
    {"A(x)y", "text after the closing parenthesis at position 5"},
    {"A(1)(2)", "text after the closing parenthesis at position 5"},
    {"A((1))", "parenthesis inside a key at position 3"},
    {"A(a/b)", "slash inside a key at position 4 of the path; a text key"},
    {"A'x'", "quote outside a key at position 2"},
    {"A)", "closing parenthesis at position 2"},
    {"A?$top=1", "--filter"},
    {"A(1?)", "\"?\" at position 4"},
    {"A\\b", "backslash at position 2"},
    {"..", "below the service root"},
    {"A/../B", "\"..\" at position 3"},
    {"./A", "\".\" or \"..\" at position 1"},
    {"..('x')", "\"..\""},
    {"A//B", "no name at position 3"},
    {"('x')", "no name at position 1"},
    {"A\nB", "control character at position 2"},
    {"A('\x7f')", "control character at position 4"},
    {"A\xe2\x80\x8b", "invisible character at position 2"},
    {"\xc3\x28", "not UTF-8"},
    {"http://host/api/v1/A", "https"},
    {"ftp://host/api/v1/A", "https"},
    {"https://other/api/v1/A", "not below the service root"},
    {"https://host:8443/api/v1/A", "not below the service root"},
    {"https://host.evil/api/v1/A", "not below the service root"},
    {"https://host/api/v10/A", "not below the service root"},
    {"https://host/api/v1/../v2/A", "not below the service root"},
    {"https://host/api/v1/%2e%2e/v2/A", "not below the service root"},
    {"https://host/api/v1/.%2E/v2/A", "not below the service root"},
    {"https://host/api/v1/..%2fv2/A", "not below the service root"},
    {"https://host/api/v1/A/..%5cB", "not below the service root"},
    {"https://user@host/api/v1/A", "user"},
    {"https://host/api/v1/A#b", "#"},
};

static void refuses_a_path_that_cannot_be_sent_and_says_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        CIHSM_AUTO(text_free) char *url = NULL;
        cihsm_error err = {0};
        const cihsm_status status = odata_uri_build(ROOT, REFUSED[i].path, NULL, &url, &err);
        if (status != CIHSM_E_USAGE || strstr(err.message, REFUSED[i].says) == NULL) {
            print_error("%s: %s\n", REFUSED[i].path, err.message);
        }
        assert_int_equal(status, CIHSM_E_USAGE);
        assert_non_null(strstr(err.message, REFUSED[i].says));
        assert_null(url);
    }
}

static void refuses_a_path_longer_than_a_server_takes(void **state)
{
    (void)state;
    char path[8002];
    memset(path, 'A', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(odata_uri_build(ROOT, path, NULL, &url, NULL), CIHSM_E_USAGE);
    path[sizeof path - 2] = '\0';
    assert_int_equal(odata_uri_build(ROOT, path, NULL, &url, NULL), CIHSM_OK);
}

static void takes_an_absolute_url_below_the_root_as_encoded(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"https://host/api/v1/A('a%2Fb')?$top=1", "https://host/api/v1/A('a%2Fb')?$top=1"},
        {"https://HOST:443/api/v1/A", "https://host/api/v1/A"},
        {"https://host/api/v1", "https://host/api/v1"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *url = NULL;
        assert_int_equal(odata_uri_build(ROOT, ROWS[i][0], NULL, &url, NULL), CIHSM_OK);
        assert_string_equal(url, ROWS[i][1]);
    }
}

static void adds_the_slash_that_a_root_lacks(void **state)
{
    (void)state;
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(odata_uri_build("https://host/api/v1", "A", NULL, &url, NULL), CIHSM_OK);
    assert_string_equal(url, "https://host/api/v1/A");
}

static void appends_query_options_encoded(void **state)
{
    (void)state;
    const cihsm_parameter parameters[] = {
        {.name = "filterCustomHeaderProperties",
         .value = "'Gr\xc3\xb6\xc3\x9f"
                  "e' eq 'a+b'"},
        {.name = "user", .value = ""},
    };
    const cihsm_query query = {
        .filter = "Status eq 'A&B+C' and LogEnd gt datetime'2014-09-01T00:00:00'",
        .select = "Id,Name",
        .expand = "Runs/RunSteps",
        .orderby = "LogEnd desc",
        .top = 0,
        .skip = 9007199254740993,
        .inlinecount = true,
        .format = "json",
        .parameters = parameters,
        .parameter_count = 2,
    };
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(odata_uri_build(ROOT, "A", &query, &url, NULL), CIHSM_OK);
    assert_string_equal(url, "https://host/api/v1/A?$filter=Status%20eq%20%27A%26B%2BC%27%20and%20"
                             "LogEnd%20gt%20datetime%272014-09-01T00%3A00%3A00%27&$select=Id%2CName"
                             "&$expand=Runs%2FRunSteps&$orderby=LogEnd%20desc&$top=0"
                             "&$skip=9007199254740993&$inlinecount=allpages&$format=json"
                             "&filterCustomHeaderProperties=%27Gr%C3%B6%C3%9Fe%27%20eq%20%27a%2Bb"
                             "%27&user=");
    CIHSM_AUTO(text_free) char *plain = NULL;
    const cihsm_query none = CIHSM_QUERY_INIT;
    assert_int_equal(odata_uri_build(ROOT, "A", &none, &plain, NULL), CIHSM_OK);
    assert_string_equal(plain, "https://host/api/v1/A");
}

static void appends_query_options_to_those_of_an_absolute_url(void **state)
{
    (void)state;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = 5;
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(odata_uri_build(ROOT, "https://host/api/v1/A?x=1", &query, &url, NULL),
                     CIHSM_OK);
    assert_string_equal(url, "https://host/api/v1/A?x=1&$top=5");
}

static void refuses_query_options_that_the_server_would_misread(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"", "--filter is empty"},
        {"A eq '", "quote at position 6"},
        {"A eq 'O''Brien", "quote at position 6"},
        {"E gt datetime'2014-09-01T00:00:00Z'", "datetime at position 6"},
        {"datetime'2014-09-01T00:00:00+01:00' lt E", "has a zone"},
        {"E gt datetime'2014-09-01T00:00:00-01:00'", "has a zone"},
        {"E gt datetime'2014-09-01T00:00:00.000Z'", "has a zone"},
        {"A eq '\xff'", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_query query = CIHSM_QUERY_INIT;
        query.filter = ROWS[i][0];
        CIHSM_AUTO(text_free) char *url = NULL;
        cihsm_error err = {0};
        assert_int_equal(odata_uri_build(ROOT, "A", &query, &url, &err), CIHSM_E_USAGE);
        assert_non_null(strstr(err.message, ROWS[i][1]));
    }
    cihsm_query negative = CIHSM_QUERY_INIT;
    negative.skip = -2;
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(odata_uri_build(ROOT, "A", &negative, &url, NULL), CIHSM_E_USAGE);
}

typedef struct parameter_row {
    cihsm_parameter parameters[2];
    size_t count;
    const char *says;
} parameter_row;

static const parameter_row WRONG_PARAMETERS[] = {
    {{{.name = "$filter", .value = "x"}}, 1, "give it as --filter"},
    {{{.name = "user", .value = "a"}, {.name = "user", .value = "b"}}, 2, "user is given twice"},
    {{{.name = "", .value = "a"}}, 1, "no name of a parameter"},
    {{{.name = "a&b", .value = "a"}}, 1, "no name of a parameter"},
    {{{.name = "user", .value = "a\nb"}}, 1, "control character at position 2"},
    {{{.name = "user", .value = "\xff"}}, 1, "not UTF-8"},
};

static void refuses_parameters_that_are_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WRONG_PARAMETERS / sizeof *WRONG_PARAMETERS; i++) {
        cihsm_query query = CIHSM_QUERY_INIT;
        query.parameters = WRONG_PARAMETERS[i].parameters;
        query.parameter_count = WRONG_PARAMETERS[i].count;
        CIHSM_AUTO(text_free) char *url = NULL;
        cihsm_error err = {0};
        assert_int_equal(odata_uri_build(ROOT, "A", &query, &url, &err), CIHSM_E_USAGE);
        assert_non_null(strstr(err.message, WRONG_PARAMETERS[i].says));
    }
}

#define MARCH 1772375400250LL /* 2026-03-01T14:30:00.250Z */

static void writes_a_window_beside_the_filter(void **state)
{
    (void)state;
    cihsm_window window = CIHSM_WINDOW_INIT;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.window = &window;
    CIHSM_AUTO(text_free) char *filter = NULL;
    assert_int_equal(odata_window_filter(&query, "LogEnd", "Edm.DateTime", &filter, NULL),
                     CIHSM_OK);
    assert_null(filter);
    window.since_ms = MARCH;
    assert_int_equal(odata_window_filter(&query, "LogEnd", "Edm.DateTime", &filter, NULL),
                     CIHSM_OK);
    assert_string_equal(filter, "LogEnd ge datetime'2026-03-01T14:30:00.250'");
    window.until_ms = MARCH + 750;
    query.filter = "Status eq 'A' or Status eq 'B'";
    assert_int_equal(odata_window_filter(&query, "T", "Edm.DateTimeOffset", &filter, NULL),
                     CIHSM_OK);
    assert_string_equal(filter, "(Status eq 'A' or Status eq 'B') and T ge "
                                "datetimeoffset'2026-03-01T14:30:00.250Z' and T lt "
                                "datetimeoffset'2026-03-01T14:30:01Z'");
}

static void refuses_a_window_that_is_empty(void **state)
{
    (void)state;
    const cihsm_window window = {.since_ms = MARCH, .until_ms = MARCH};
    cihsm_query query = CIHSM_QUERY_INIT;
    query.window = &window;
    CIHSM_AUTO(text_free) char *filter = NULL;
    cihsm_error err = {0};
    assert_int_equal(odata_window_filter(&query, "LogEnd", "Edm.DateTime", &filter, &err),
                     CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "begins at 2026-03-01T14:30:00.250 and ends at "
                                        "2026-03-01T14:30:00.250 (UTC)"));
}

/* What another reader of URLs makes of it. */
static void is_decoded_by_curl_to_what_was_typed(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "a b",
        "100%",
        "%41%2B",
        "a+b&c=d#e;f,g",
        "O''Brien",
        "\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x91",
        "\"<>[]{}|^`~!*()@:$",
        "..",
        "a?b",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        char path[200];
        snprintf(path, sizeof path, "A(Id='%s',N=1)", TEXTS[i]);
        cihsm_query query = CIHSM_QUERY_INIT;
        query.filter = path;
        CIHSM_AUTO(text_free) char *url = NULL;
        assert_int_equal(odata_uri_build(ROOT, path, &query, &url, NULL), CIHSM_OK);
        CURLU *parsed = curl_url();
        char *decoded = NULL;
        assert_int_equal(curl_url_set(parsed, CURLUPART_URL, url, 0), CURLUE_OK);
        assert_int_equal(curl_url_get(parsed, CURLUPART_PATH, &decoded, CURLU_URLDECODE),
                         CURLUE_OK);
        assert_string_equal(decoded + strlen("/api/v1/"), path);
        curl_free(decoded);
        assert_int_equal(curl_url_get(parsed, CURLUPART_QUERY, &decoded, CURLU_URLDECODE),
                         CURLUE_OK);
        assert_string_equal(decoded + strlen("$filter="), path);
        curl_free(decoded);
        assert_int_not_equal(curl_url_get(parsed, CURLUPART_FRAGMENT, &decoded, 0), CURLUE_OK);
        curl_url_cleanup(parsed);
    }
}

static void lets_texts_pass_that_only_look_like_a_zone(void **state)
{
    (void)state;
    static const char *const FILTERS[] = {
        "A eq 'O''Brien' and B eq ''",
        "A eq 'datetime''2014-09-01T00:00:00Z'''",
        "E gt datetimeoffset'2014-09-01T00:00:00Z'",
        "mydatetime'2014-09-01T00:00:00Z' eq 1",
        "E gt datetime'2014-09-01T00:00:00'",
    };
    for (size_t i = 0; i < sizeof FILTERS / sizeof *FILTERS; i++) {
        cihsm_query query = CIHSM_QUERY_INIT;
        query.filter = FILTERS[i];
        CIHSM_AUTO(text_free) char *url = NULL;
        assert_int_equal(odata_uri_build(ROOT, "A", &query, &url, NULL), CIHSM_OK);
    }
}

static void walks_the_segments_of_a_path(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"A", "B", "$value"};
    const char *cursor = "/A(X='a)''/b',Y=1)/B//$value";
    odata_segment segment;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_true(odata_path_next(&cursor, &segment));
        assert_int_equal(segment.name_len, strlen(NAMES[i]));
        assert_memory_equal(segment.name, NAMES[i], segment.name_len);
        assert_int_equal(segment.has_key, i == 0);
    }
    assert_false(odata_path_next(&cursor, &segment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_a_path_that_is_given_unencoded),
        cmocka_unit_test(refuses_a_path_that_cannot_be_sent_and_says_where),
        cmocka_unit_test(refuses_a_path_longer_than_a_server_takes),
        cmocka_unit_test(takes_an_absolute_url_below_the_root_as_encoded),
        cmocka_unit_test(adds_the_slash_that_a_root_lacks),
        cmocka_unit_test(appends_query_options_encoded),
        cmocka_unit_test(appends_query_options_to_those_of_an_absolute_url),
        cmocka_unit_test(refuses_query_options_that_the_server_would_misread),
        cmocka_unit_test(refuses_parameters_that_are_none),
        cmocka_unit_test(writes_a_window_beside_the_filter),
        cmocka_unit_test(refuses_a_window_that_is_empty),
        cmocka_unit_test(is_decoded_by_curl_to_what_was_typed),
        cmocka_unit_test(lets_texts_pass_that_only_look_like_a_zone),
        cmocka_unit_test(walks_the_segments_of_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
