/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/csrf.h"
#include "odata/write.h"
#include "script_transport.h"

#define ROOT "https://host/api/v1/"
#define SET ROOT "StringParameters"
#define JSON "application/json"
#define FETCH "GET", ROOT, "Fetch", NULL
#define POST(token) "POST", SET, token, "{}"

typedef struct session {
    script_transport script;
    odata_service service;
    odata_csrf csrf;
    cihsm_error err;
} session;

static void begin(session *of, const script_line *script)
{
    *of = (session){.script = {script}};
    of->service = (odata_service){.transport = script_transport_table(&of->script), .root = ROOT};
}

static void end(session *of)
{
    assert_null(of->script.line->method); /* all was asked */
    odata_csrf_free(&of->csrf);
}

static cihsm_status post(session *of, odata_answer *out)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = cihsm_value_new_object();
    const cihsm_request request = {.method = "POST", .path = "StringParameters", .value = body};
    of->err = (cihsm_error){0};
    return odata_send(&of->service, &of->csrf, &request, out, &of->err);
}

static cihsm_status post_once(session *of)
{
    CIHSM_AUTO(odata_answer_free) odata_answer answer;
    return post(of, &answer);
}

/* --- the token ------------------------------------------------------------------------------- */

static void asks_for_the_token_once_and_keeps_it(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 201, NULL, NULL, NULL, false},
        {POST("t1"), 201, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    assert_int_equal(post_once(&with), CIHSM_OK);
    assert_int_equal(post_once(&with), CIHSM_OK);
    end(&with);
}

static void writes_without_a_token_where_none_is_given(void **state)
{
    (void)state;
    static const long STATUSES[] = {200, 302, 403, 404, 405, 501};
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        const script_line script[] = {
            {FETCH, STATUSES[i], NULL, JSON, "{}", false},
            {POST(NULL), 201, NULL, NULL, NULL, false},
            {POST(NULL), 201, NULL, NULL, NULL, false}, /* and does not ask again */
            {0},
        };
        session with;
        begin(&with, script);
        assert_int_equal(post_once(&with), CIHSM_OK);
        assert_int_equal(post_once(&with), CIHSM_OK);
        end(&with);
    }
}

static void takes_a_new_token_when_the_old_one_is_worn_out(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 403, "required", NULL, NULL, false}, /* its case does not matter */
        {FETCH, 200, "t2", JSON, "{}", false},
        {POST("t2"), 201, NULL, NULL, NULL, false},
        {POST("t2"), 201, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    assert_int_equal(post_once(&with), CIHSM_OK);
    assert_int_equal(post_once(&with), CIHSM_OK);
    end(&with);
}

static void asks_when_a_token_is_wanted_after_all(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {FETCH, 200, NULL, JSON, "{}", false},
        {POST(NULL), 403, "Required", NULL, NULL, false},
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 201, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    assert_int_equal(post_once(&with), CIHSM_OK);
    end(&with);
}

static void gives_up_after_one_new_token(void **state)
{
    (void)state;
    static const script_line REFUSED_TWICE[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 403, "Required", NULL, NULL, false},
        {FETCH, 200, "t2", JSON, "{}", false},
        {POST("t2"), 403, "Required", NULL, NULL, false},
        {0},
    };
    static const script_line NO_NEW_ONE[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 403, "Required", NULL, NULL, false},
        {FETCH, 200, "Required", JSON, "{}", false},
        {0},
    };
    const script_line *const scripts[] = {REFUSED_TWICE, NO_NEW_ONE};
    for (size_t i = 0; i < 2; i++) {
        session with;
        begin(&with, scripts[i]);
        assert_int_equal(post_once(&with), CIHSM_E_REFUSED);
        assert_int_equal(with.err.native, 403);
        assert_non_null(strstr(with.err.message, "CSRF token"));
        end(&with);
    }
}

static void a_missing_role_is_no_matter_of_the_token(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 403, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    assert_int_equal(post_once(&with), CIHSM_E_REFUSED);
    assert_non_null(strstr(with.err.message, "role"));
    end(&with);
}

static void stops_when_not_even_the_token_can_be_had(void **state)
{
    (void)state;
    static const struct {
        long http;
        cihsm_status status;
    } ROWS[] = {{401, CIHSM_E_REFUSED}, {429, CIHSM_E_BUSY},  {503, CIHSM_E_SERVER},
                {500, CIHSM_E_SERVER},  {0, CIHSM_E_TIMEOUT}, {423, CIHSM_E_BUSY}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const script_line script[] = {
            {FETCH, ROWS[i].http, NULL, JSON, "{}", true},
            {FETCH, 200, "t1", JSON, "{}", false}, /* a later write tries again */
            {POST("t1"), 201, NULL, NULL, NULL, false},
            {0},
        };
        session with;
        begin(&with, script);
        assert_int_equal(post_once(&with), ROWS[i].status);
        assert_null(strstr(with.err.message, "look what was done")); /* nothing was written */
        assert_int_equal(post_once(&with), CIHSM_OK);
        end(&with);
    }
}

static void what_was_refused_for_its_token_was_not_done(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {FETCH, 200, "t1", JSON, "{}", false},
        {POST("t1"), 403, "Required", NULL, NULL, true},
        {FETCH, 0, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    assert_int_equal(post_once(&with), CIHSM_E_TIMEOUT);
    assert_null(strstr(with.err.message, "look what was done"));
    end(&with);
}

static void a_function_that_reads_needs_no_token(void **state)
{
    (void)state;
    static const script_line SCRIPT[] = {
        {"GET", ROOT "Function", NULL, NULL, 200, NULL, JSON, "{\"d\":{\"A\":1}}", false},
        {0},
    };
    session with;
    begin(&with, SCRIPT);
    CIHSM_AUTO(odata_answer_free) odata_answer answer;
    const cihsm_request request = {.method = "GET", .path = "Function"};
    assert_int_equal(odata_send(&with.service, &with.csrf, &request, &answer, NULL), CIHSM_OK);
    assert_int_equal(answer.page.kind, CIHSM_RESULT_ENTITY);
    end(&with);
}

/* --- the outcome ------------------------------------------------------------------------------ */

static void an_unknown_outcome_is_told(void **state)
{
    (void)state;
    static const script_line SENT[] = {
        {FETCH, 200, NULL, JSON, "{}", false},
        {POST(NULL), 0, NULL, NULL, NULL, true},
        {0},
    };
    static const script_line NOT_SENT[] = {
        {FETCH, 200, NULL, JSON, "{}", false},
        {POST(NULL), 0, NULL, NULL, NULL, false},
        {0},
    };
    session with;
    begin(&with, SENT);
    assert_int_equal(post_once(&with), CIHSM_E_TIMEOUT);
    assert_string_equal(with.err.message, "no answer; before you repeat it look what was done: "
                                          "cihsm get \"StringParameters\"");
    end(&with);
    begin(&with, NOT_SENT);
    assert_int_equal(post_once(&with), CIHSM_E_TIMEOUT);
    assert_string_equal(with.err.message, "no answer");
    end(&with);
}

typedef struct answer_row {
    long http;
    const char *type;
    const char *body;
    cihsm_status status;
    cihsm_result_kind kind;
} answer_row;

/* Source: docs/sap-contract.md sections 5.2, 6.2 and 6.3. */
static const answer_row ANSWERS[] = {
    {201, JSON, "{\"d\":{\"__metadata\":{},\"Id\":\"I\"}}", CIHSM_OK, CIHSM_RESULT_ENTITY},
    {200, JSON, "{\"d\":{\"results\":[]}}", CIHSM_OK, CIHSM_RESULT_COLLECTION},
    {200, JSON, "{\"result\":\"ERROR\"}", CIHSM_OK, CIHSM_RESULT_ENTITY},
    {200, NULL, NULL, CIHSM_OK, CIHSM_RESULT_BYTES},
    {202, NULL, NULL, CIHSM_OK, CIHSM_RESULT_BYTES},
    {202, "text/plain", "4b1c", CIHSM_OK, CIHSM_RESULT_BYTES},
    {202, NULL, "4b1c", CIHSM_OK, CIHSM_RESULT_BYTES},
    {204, NULL, NULL, CIHSM_OK, CIHSM_RESULT_BYTES},
    {201, JSON, NULL, CIHSM_OK, CIHSM_RESULT_BYTES},
    {201, JSON, "{\"d\":", CIHSM_E_PROTOCOL, CIHSM_RESULT_BYTES},
    {200, "text/html", "<html>log in</html>", CIHSM_E_PROTOCOL, CIHSM_RESULT_BYTES},
    {302, NULL, NULL, CIHSM_E_PROTOCOL, CIHSM_RESULT_BYTES},
    {400, JSON, "{\"error\":{\"message\":{\"value\":\"no\"}}}", CIHSM_E_REJECTED, 0},
    {405, NULL, NULL, CIHSM_E_REJECTED, 0},
    {409, NULL, NULL, CIHSM_E_CONFLICT, 0},
    {415, NULL, NULL, CIHSM_E_REJECTED, 0},
    {500, NULL, NULL, CIHSM_E_SERVER, 0},
    {501, NULL, NULL, CIHSM_E_REJECTED, 0},
};

static void reads_each_kind_of_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
        const answer_row *row = &ANSWERS[i];
        const script_line script[] = {
            {FETCH, 200, NULL, JSON, "{}", false},
            {POST(NULL), row->http, NULL, row->type, row->body, false},
            {0},
        };
        session with;
        begin(&with, script);
        CIHSM_AUTO(odata_answer_free) odata_answer answer;
        assert_int_equal(post(&with, &answer), row->status);
        if (row->status == CIHSM_OK) {
            assert_int_equal(answer.page.kind, row->kind);
        }
        const bool was_done = row->http / 100 == 2 && row->status != CIHSM_OK;
        assert_int_equal(strstr(with.err.message, "the tenant did it") != NULL, was_done);
        end(&with);
    }
}

static void advice_about_a_write_is_about_its_body(void **state)
{
    (void)state;
    static const struct {
        long http;
        const char *says;
    } ROWS[] = {{400, "values of the properties"},
                {409, "exists already"},
                {415, "--content-type"},
                {500, "wrong or missing properties"},
                {501, "does not offer the operation"},
                {404, "check name and key"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const script_line script[] = {
            {FETCH, 200, NULL, JSON, "{}", false},
            {POST(NULL), ROWS[i].http, NULL, NULL, NULL, false},
            {0},
        };
        session with;
        begin(&with, script);
        with.service.hint.is_write = true;
        assert_int_not_equal(post_once(&with), CIHSM_OK);
        assert_non_null(strstr(with.err.message, ROWS[i].says));
        end(&with);
    }
}

/* --- the message ------------------------------------------------------------------------------ */

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static void a_message_is_shown_as_it_is_sent(void **state)
{
    (void)state;
    static const char BODY[] = "-----BEGIN";
    const cihsm_parameter parameters[] = {{"update", "true", false}, {"user", "Ü 'x'", true}};
    const cihsm_request request = {.method = "PUT",
                                   .path = "CertificateResources('6161')/$value",
                                   .parameters = parameters,
                                   .parameter_count = 2,
                                   .body = BODY,
                                   .body_len = sizeof BODY - 1,
                                   .content_type = "application/pkix-cert"};
    CIHSM_AUTO(odata_message_free) odata_message message;
    CIHSM_AUTO(buffer_free) buffer shown = buffer_new(4096);
    assert_int_equal(odata_message_make(ROOT, &request, &message, NULL), CIHSM_OK);
    assert_int_equal(odata_message_print(&message, ROOT, append, &shown, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&shown),
                        "PUT " ROOT "CertificateResources('6161')/$value?update=true&user="
                        "%27%C3%9C%20%27%27x%27%27%27\n"
                        "Accept: application/json\n"
                        "DataServiceVersion: 2.0\n"
                        "MaxDataServiceVersion: 2.0\n"
                        "Content-Type: application/pkix-cert\n"
                        "X-CSRF-Token: (fetched by GET " ROOT ")\n"
                        "\n"
                        "-----BEGIN");
}

static void a_parameter_cannot_break_the_url(void **state)
{
    (void)state;
    static const cihsm_parameter WRONG[] = {
        {"", "x", false},     {"a b", "x", false}, {"a=b", "x", false},
        {"a&b", "x", false},  {"$", "x", false},   {"ä", "x", false},
        {"a", "x\ny", false}, {"a", "\x7f", true}, {"a", "\xff", false},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        const cihsm_request request = {
            .method = "POST", .path = "F", .parameters = &WRONG[i], .parameter_count = 1};
        CIHSM_AUTO(odata_message_free) odata_message message;
        cihsm_error err = {0};
        assert_int_equal(odata_message_make(ROOT, &request, &message, &err), CIHSM_E_USAGE);
    }
    const cihsm_parameter fine = {"$format", "a&b=c#d+e/f?%", false};
    const cihsm_request request = {
        .method = "POST", .path = "F", .parameters = &fine, .parameter_count = 1};
    CIHSM_AUTO(odata_message_free) odata_message message;
    assert_int_equal(odata_message_make(ROOT, &request, &message, NULL), CIHSM_OK);
    assert_string_equal(message.url, ROOT "F?$format=a%26b%3Dc%23d%2Be%2Ff%3F%25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_the_token_once_and_keeps_it),
        cmocka_unit_test(writes_without_a_token_where_none_is_given),
        cmocka_unit_test(takes_a_new_token_when_the_old_one_is_worn_out),
        cmocka_unit_test(asks_when_a_token_is_wanted_after_all),
        cmocka_unit_test(gives_up_after_one_new_token),
        cmocka_unit_test(a_missing_role_is_no_matter_of_the_token),
        cmocka_unit_test(stops_when_not_even_the_token_can_be_had),
        cmocka_unit_test(what_was_refused_for_its_token_was_not_done),
        cmocka_unit_test(a_function_that_reads_needs_no_token),
        cmocka_unit_test(an_unknown_outcome_is_told),
        cmocka_unit_test(reads_each_kind_of_answer),
        cmocka_unit_test(advice_about_a_write_is_about_its_body),
        cmocka_unit_test(a_message_is_shown_as_it_is_sent),
        cmocka_unit_test(a_parameter_cannot_break_the_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
