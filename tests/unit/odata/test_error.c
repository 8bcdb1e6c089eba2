/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/error.h"
#include "odata/error_text.h"

static void make_response(long status, const char *type, const char *body, http_response *out)
{
    http_response_init(out, 1U << 20U);
    out->status = status;
    assert_int_equal(text_set(&out->content_type, type, NULL), CIHSM_OK);
    assert_int_equal(buffer_append_text(&out->body, body, NULL), CIHSM_OK);
}

typedef struct status_row {
    long http;
    cihsm_status status;
} status_row;

static const status_row STATUSES[] = {
    {400, CIHSM_E_REJECTED},  {401, CIHSM_E_REFUSED},  {403, CIHSM_E_REFUSED},
    {404, CIHSM_E_NOT_FOUND}, {405, CIHSM_E_REJECTED}, {408, CIHSM_E_REJECTED},
    {409, CIHSM_E_CONFLICT},  {410, CIHSM_E_REJECTED}, {412, CIHSM_E_CONFLICT},
    {413, CIHSM_E_REJECTED},  {415, CIHSM_E_REJECTED}, {418, CIHSM_E_REJECTED},
    {423, CIHSM_E_BUSY},      {429, CIHSM_E_BUSY},     {499, CIHSM_E_REJECTED},
    {500, CIHSM_E_SERVER},    {501, CIHSM_E_REJECTED}, {502, CIHSM_E_SERVER},
    {503, CIHSM_E_SERVER},    {504, CIHSM_E_SERVER},   {599, CIHSM_E_SERVER},
    {0, CIHSM_E_PROTOCOL},    {101, CIHSM_E_PROTOCOL}, {302, CIHSM_E_PROTOCOL},
    {304, CIHSM_E_PROTOCOL},  {600, CIHSM_E_PROTOCOL}, {-1, CIHSM_E_PROTOCOL},
};

typedef struct body_row {
    const char *type;
    const char *body;
    const char *words; /* NULL: none, the reason is shown */
} body_row;

static const body_row BODIES[] = {
    {"application/json",
     "{\"error\":{\"code\":\"Not Found\",\"message\":{\"lang\":\"en\",\"value\":\"Requested entity "
     "could not be found.\"}}}",
     "Requested entity could not be found."},
    {"application/json", "{\"error\":{\"message\":\"plain text\"}}", "plain text"},
    {"application/json", "{\"code\":\"404\",\"message\":\"sandbox words\"}", "sandbox words"},
    {"application/json",
     "{\"result\":\"ERROR\",\"message\":\"no way\",\"infos\":[{\"description\":\"Read\",\"result\":"
     "\"SUCCESS\",\"dataReceived\":\"x\"},{\"description\":\"Check\",\"result\":\"ERROR\","
     "\"dataReceived\":\"y\"},{\"description\":\"Z\",\"result\":\"ERROR\"}]}",
     "no way (Check: y)"},
    {"application/json",
     "{\"message\":\"no way\",\"infos\":[{\"description\":\"Check\",\"result\":\"ERROR\","
     "\"dataReceived\":\"\"}]}",
     "no way (Check)"},
    {"application/json", "{\"message\":\"no way\",\"infos\":[{\"result\":\"ERROR\"}]}", "no way"},
    {"application/json", "{\"error\":\"invalid_token\",\"error_description\":\"expired token\"}",
     "expired token"},
    {"application/json", "{\"error\":\"unauthorized\"}", "unauthorized"},
    {"application/json;odata=verbose", "{\"error\":{\"message\":{\"value\":\"\"}}}", NULL},
    {"application/json", "{broken", NULL},
    {"application/json", "[]", NULL},
    {"application/xml",
     "<?xml version=\"1.0\" encoding=\"utf-8\"?><error "
     "xmlns=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><code>Not "
     "Found</code><message xml:lang=\"en\">Not &lt;there&gt; &#228;</message></error>",
     "Not <there> \xc3\xa4"},
    {"application/xml", "<m:error xmlns:m=\"x\"><m:message>prefixed</m:message></m:error>",
     "prefixed"},
    {"application/atom+xml", "<error><message>cut in the mid", "cut in the mid"},
    {"text/xml", "<other><message>no</message></other>", NULL},
    {"text/xml", "<error><inner><message>no</message></inner></error>", NULL},
    {"text/xml", "<!DOCTYPE error [<!ENTITY a \"boom\">]><error><message>&a;&a;</message></error>",
     NULL},
    {"text/xml", "not xml", NULL},
    {"text/html", "<html><head><TITLE>\n 502  Bad Gateway\n</TITLE></head></html>",
     "502 Bad Gateway"},
    {"text/html", "<p>no title</p>", "an HTML page"},
    {"text/html", "<title>never closed", "an HTML page"},
    {NULL, "<html><title>x</title>", "x"},
    {"text/plain",
     "  two\r\nlines\x1b[31m \xc2\x9b"
     "1m end ",
     "two lines [31m 1m end"},
    {"text/plain", "bad \xff\xfe utf", "bad ?? utf"},
    {"application/octet-stream", "bytes", NULL},
    {NULL, "", NULL},
};

static void maps_every_status_with_every_kind_of_body(void **state)
{
    (void)state;
    const odata_hint none = {0};
    for (size_t s = 0; s < sizeof STATUSES / sizeof *STATUSES; s++) {
        for (size_t b = 0; b < sizeof BODIES / sizeof *BODIES; b++) {
            const long http = STATUSES[s].http;
            CIHSM_AUTO(http_response_free) http_response response;
            cihsm_error err = {0};
            char start[300];
            make_response(http, BODIES[b].type, BODIES[b].body, &response);
            assert_int_equal(odata_fail(&none, "Set('x')", &response, &err), STATUSES[s].status);
            assert_int_equal(err.status, STATUSES[s].status);
            assert_int_equal(err.origin, CIHSM_FROM_HTTP);
            assert_true(err.native == (unsigned long)http);
            const char *words = BODIES[b].words == NULL ? "" : BODIES[b].words;
            snprintf(start, sizeof start, "%ld from tenant: %s", http, words);
            assert_true(text_starts(err.message, start));
            assert_non_null(strstr(err.message, " (Set('x')); "));
            assert_null(strstr(err.message, ":  ("));
        }
    }
}

static void finds_the_words_of_the_server(void **state)
{
    (void)state;
    for (size_t b = 0; b < sizeof BODIES / sizeof *BODIES; b++) {
        CIHSM_AUTO(http_response_free) http_response response;
        char words[ODATA_WORDS_SIZE];
        make_response(500, BODIES[b].type, BODIES[b].body, &response);
        odata_error_words(&response, words);
        assert_string_equal(words, BODIES[b].words == NULL ? "" : BODIES[b].words);
    }
}

static void only_2xx_is_a_success(void **state)
{
    (void)state;
    assert_true(odata_is_success(200));
    assert_true(odata_is_success(204));
    assert_true(odata_is_success(299));
    assert_false(odata_is_success(199));
    assert_false(odata_is_success(300));
    assert_false(odata_is_success(0));
}

static cihsm_status advise(void *user, long http_status, const char *path, char **out,
                           cihsm_error *err)
{
    assert_string_equal(path, "A");
    return text_format(out, err, "%s of %ld", (const char *)user, http_status);
}

static cihsm_status advise_nothing(void *user, long http_status, const char *path, char **out,
                                   cihsm_error *err)
{
    (void)http_status;
    (void)path;
    (void)out;
    (void)err;
    return *(const cihsm_status *)user;
}

static void assert_message(const odata_hint *hint, long http, const char *message)
{
    CIHSM_AUTO(http_response_free) http_response response;
    cihsm_error err = {0};
    make_response(http, NULL, "", &response);
    assert_int_not_equal(odata_fail(hint, "A", &response, &err), CIHSM_OK);
    assert_string_equal(err.message, message);
}

static void shows_what_the_caller_knows_about_a_refusal(void **state)
{
    (void)state;
    char cause[] = "cause";
    const odata_hint hint = {.write = advise, .user = cause};
    assert_message(&hint, 401, "401 from tenant: not authenticated (A); cause of 401");
    assert_message(&hint, 403, "403 from tenant: not allowed (A); cause of 403");
    assert_message(&hint, 404, "404 from tenant: not found (A); cause of 404");
    assert_message(&hint, 500,
                   "500 from tenant: server error (A); this server answers 500 to wrong keys or a "
                   "missing filter too: check those, then try again");
}

static void gives_general_advice_where_the_caller_knows_nothing(void **state)
{
    (void)state;
    cihsm_status statuses[] = {CIHSM_OK, CIHSM_E_NO_MEMORY};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const odata_hint hint = {.write = advise_nothing, .user = &statuses[i]};
        assert_message(&hint, 401,
                       "401 from tenant: not authenticated (A); the certificate is in no service "
                       "key, or the load balancer dropped it; run \"cihsm doctor\"");
        assert_message(&hint, 404,
                       "404 from tenant: not found (A); check name and key; an access policy can "
                       "hide an artifact");
    }
}

static void recognises_a_host_that_serves_no_api(void **state)
{
    (void)state;
    const odata_hint none = {0};
    CIHSM_AUTO(http_response_free) http_response response;
    cihsm_error err = {0};
    make_response(404, "text/plain; charset=utf-8",
                  "404 Not Found: Requested route ('x.it-rt.example.com') does not exist.\n",
                  &response);
    assert_int_equal(odata_fail(&none, "", &response, &err), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "does not exist. (/)"));
    assert_non_null(strstr(err.message, "plan api"));
}

static void says_how_long_the_server_asks_to_wait(void **state)
{
    (void)state;
    const odata_hint none = {0};
    CIHSM_AUTO(http_response_free) http_response response;
    cihsm_error err = {0};
    make_response(429, NULL, "", &response);
    response.retry_after_s = 17;
    assert_int_equal(odata_fail(&none, "A", &response, &err), CIHSM_E_BUSY);
    assert_non_null(strstr(err.message, "wait 17 s"));
}

static void cuts_long_words_and_paths_but_keeps_the_advice(void **state)
{
    (void)state;
    const odata_hint none = {0};
    char path[4000];
    char body[70000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    memset(body, 'w', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    CIHSM_AUTO(http_response_free) http_response response;
    cihsm_error err = {0};
    make_response(404, "text/plain", body, &response);
    response.retry_after_s = 2147483647;
    assert_int_equal(odata_fail(&none, path, &response, &err), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "access policy can hide an artifact"));
    assert_true(strlen(err.message) < 450);
}

static void tells_what_was_tried(void **state)
{
    (void)state;
    const odata_hint none = {0};
    CIHSM_AUTO(http_response_free) http_response response;
    cihsm_error err = {0};
    make_response(503, "text/plain", "busy", &response);
    response.retry_after_s = 300;
    snprintf(response.note, sizeof response.note, "given up after 5 attempts in 12 s");
    assert_int_equal(odata_fail(&none, "Set", &response, &err), CIHSM_E_SERVER);
    assert_string_equal(
        err.message,
        "503 from tenant: busy (Set); given up after 5 attempts in 12 s; try again later");
}

static void a_500_with_words_is_about_the_request(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *type;
        const char *body;
        bool is_fault;
    } rows[] = {
        {500, "application/json", "{\"error\":{\"message\":{\"value\":\"Pid is missing\"}}}", true},
        {500, "application/xml", "<error><message>Pid is missing</message></error>", true},
        {503, "application/json", "{\"error\":{\"message\":{\"value\":\"locked\"}}}", false},
        {500, "application/json", "{\"error\":{\"message\":{\"value\":\"Internal Server Error\"}}}",
         false},
        {500, "application/json", "{}", false},
        {500, "application/json", "{cut", false},
        {500, "text/html", "<title>Pid is missing</title>", false},
        {500, "text/plain", "upstream reset", false},
        {500, NULL, "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CIHSM_AUTO(http_response_free) http_response response;
        make_response(rows[i].status, rows[i].type, rows[i].body, &response);
        assert_int_equal(odata_is_request_fault(&response), rows[i].is_fault);
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    char body[2401] = "";
    for (size_t i = 0; i < 800; i++) {
        memcpy(body + 3 * i, "\xe2\x82\xac", 4);
    }
    CIHSM_AUTO(http_response_free) http_response response;
    char words[ODATA_WORDS_SIZE];
    make_response(500, "text/plain", body, &response);
    odata_error_words(&response, words);
    assert_true(strlen(words) > 190);
    assert_int_equal(strlen(words) % 3, 0);
    assert_null(strchr(words, '?'));
}

static void reads_only_the_start_of_a_huge_xml_answer(void **state)
{
    (void)state;
    CIHSM_AUTO(http_response_free) http_response response;
    char words[ODATA_WORDS_SIZE];
    make_response(500, "application/xml", "<error><message>early</message>", &response);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(buffer_append_text(&response.body, "<a>", NULL), CIHSM_OK);
    }
    odata_error_words(&response, words);
    assert_string_equal(words, "early");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_every_status_with_every_kind_of_body),
        cmocka_unit_test(finds_the_words_of_the_server),
        cmocka_unit_test(only_2xx_is_a_success),
        cmocka_unit_test(shows_what_the_caller_knows_about_a_refusal),
        cmocka_unit_test(gives_general_advice_where_the_caller_knows_nothing),
        cmocka_unit_test(recognises_a_host_that_serves_no_api),
        cmocka_unit_test(says_how_long_the_server_asks_to_wait),
        cmocka_unit_test(cuts_long_words_and_paths_but_keeps_the_advice),
        cmocka_unit_test(tells_what_was_tried),
        cmocka_unit_test(a_500_with_words_is_about_the_request),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(reads_only_the_start_of_a_huge_xml_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
