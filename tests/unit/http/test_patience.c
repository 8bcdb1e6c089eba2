/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/patience.h"
#include "still_clock.h"

#define URL "https://host/api/v1/Logs?$top=1"
#define LINES_MAX 8

/* One attempt: an answer, or the failure of the transport. */
typedef struct attempt {
    long status; /* 0: the transport fails */
    cihsm_status failure;
    bool was_sent, is_final;
    long retry_after_s;
    const char *body;
    int64_t takes_ms;
} attempt;

/* The transport below, its clock and what the log was told. */
typedef struct scene {
    still_clock clock;
    const attempt *attempts; /* one a request */
    unsigned requests;
    char lines[LINES_MAX][512];
    size_t line_count;
    long long waited_us;
    http_rate rate;
    cihsm_log log;
    http_patience patience;
    http_transport transport;
    http_response response;
    cihsm_error err;
} scene;

static cihsm_status answer(void *context, const http_request *request, http_response *response,
                           cihsm_error *err)
{
    scene *of = context;
    (void)request;
    const attempt *now = &of->attempts[of->requests++];
    of->clock.now_us += now->takes_ms * 1000;
    response->was_sent = now->was_sent;
    response->is_final = now->is_final;
    if (now->status == 0) {
        return cihsm_fail(err, now->failure, CIHSM_FROM_CURL, 7, "no connection to host");
    }
    response->status = now->status;
    response->retry_after_s = now->retry_after_s;
    buffer_clear(&response->body);
    return buffer_append_text(&response->body, now->body == NULL ? "" : now->body, err);
}

static void keep_line(void *user, cihsm_log_level level, const char *component, const char *line)
{
    scene *of = user;
    assert_string_equal(component, "http");
    if (level == CIHSM_LOG_WARN) {
        assert_true(of->line_count < LINES_MAX);
        snprintf(of->lines[of->line_count++], sizeof *of->lines, "%s", line);
    }
}

static void add_wait(void *user, cihsm_phase phase, long long microseconds)
{
    assert_int_equal(phase, CIHSM_PHASE_WAIT);
    ((scene *)user)->waited_us += microseconds;
}

static http_rate rate_of(void *user, const char *url)
{
    assert_string_equal(url, URL);
    return ((const scene *)user)->rate;
}

static bool names_the_filter(const http_response *response)
{
    return strstr(buffer_text(&response->body), "filter") != NULL;
}

static void open_scene(scene *of, const attempt *attempts)
{
    *of = (scene){.attempts = attempts};
    of->log =
        (cihsm_log){.write = keep_line, .user = of, .level = CIHSM_LOG_TRACE, .timed = add_wait};
    const http_patience_config config = {
        .below = {.send = answer, .context = of},
        .clock = still_clock_table(&of->clock),
        .retry_time_ms = 60000,
        .seed = 42,
        .rate_of = rate_of,
        .is_request_fault = names_the_filter,
        .user = of,
        .log = &of->log,
    };
    http_patience_init(&of->patience, &config);
    of->transport = http_patience_transport(&of->patience);
    http_response_init(&of->response, 1000);
}

static void close_scene(scene *of)
{
    http_patience_free(&of->patience);
    http_response_free(&of->response);
}

static cihsm_status ask(scene *of, const char *method)
{
    const http_request request = {.method = method, .url = URL};
    of->err = (cihsm_error){0};
    return of->transport.send(of->transport.context, &request, &of->response, &of->err);
}

static void asks_again_until_it_works(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {
        {.failure = CIHSM_E_NETWORK},
        {.status = 503, .body = "busy", .was_sent = true},
        {.status = 429, .retry_after_s = 7, .was_sent = true},
        {.status = 200, .body = "fine", .was_sent = true},
    };
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    assert_int_equal(of.requests, 4);
    assert_int_equal(of.response.status, 200);
    assert_string_equal(buffer_text(&of.response.body), "fine");
    assert_int_equal(of.clock.sleeps, 3);
    assert_in_range(of.clock.slept_ms[0], 0, 1000);
    assert_in_range(of.clock.slept_ms[1], 0, 2000);
    assert_int_equal(of.clock.slept_ms[2], 7000);
    assert_int_equal(of.waited_us, of.clock.now_us); /* a still clock: nothing else took time */
    assert_int_equal(of.line_count, 3);
    assert_non_null(strstr(of.lines[0], "attempt 1 of GET /api/v1/Logs?$top=1: no connection; "));
    assert_non_null(strstr(of.lines[1], "attempt 2 of GET /api/v1/Logs?$top=1: status 503; "));
    assert_string_equal(of.lines[2],
                        "attempt 3 of GET /api/v1/Logs?$top=1: status 429; again in 7000 ms");
}

static void an_answer_that_stays_bad_is_passed_on_with_a_note(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {
        {.status = 502}, {.status = 503}, {.status = 504}, {.status = 429}, {.status = 503}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    assert_int_equal(of.requests, 5);
    assert_int_equal(of.response.status, 503);
    assert_non_null(strstr(of.response.note, "given up after 5 attempts in "));
    assert_int_equal(of.line_count, 4);
}

static void a_failure_that_stays_tells_the_attempts(void **state)
{
    (void)state;
    static const attempt LOST = {.failure = CIHSM_E_NETWORK};
    const attempt attempts[] = {LOST, LOST, LOST, LOST, LOST};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, attempts);

    assert_int_equal(ask(&of, "POST"), CIHSM_E_NETWORK); /* it never left, so that is safe */
    assert_int_equal(of.requests, 5);
    assert_int_equal(of.err.status, CIHSM_E_NETWORK);
    assert_int_equal(of.err.origin, CIHSM_FROM_CURL);
    assert_int_equal(of.err.native, 7);
    assert_non_null(strstr(of.err.message, "no connection to host; given up after 5 attempts in"));
}

static void a_write_that_may_have_arrived_is_not_repeated(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {{.failure = CIHSM_E_NETWORK, .was_sent = true}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "POST"), CIHSM_E_NETWORK);
    assert_int_equal(of.requests, 1);
    assert_string_equal(of.err.message, "no connection to host");
    assert_int_equal(of.line_count, 0);
}

/* What the network had no part in: a token that does not answer, say. */
static void what_the_network_has_no_part_in_is_not_repeated(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {{.failure = CIHSM_E_TIMEOUT, .is_final = true},
                                       {.failure = CIHSM_E_TIMEOUT},
                                       {.failure = CIHSM_E_BUSY, .is_final = true}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "GET"), CIHSM_E_TIMEOUT);
    assert_int_equal(of.requests, 1);
    assert_string_equal(of.err.message, "no connection to host");
    assert_int_equal(of.line_count, 0);
    assert_int_equal(ask(&of, "GET"), CIHSM_E_BUSY); /* the next request is repeated until then */
    assert_int_equal(of.requests, 3);
    assert_int_equal(of.line_count, 1);
}

static void a_wait_beyond_the_budget_fails_at_once(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {{.status = 429, .retry_after_s = 300}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    assert_int_equal(of.clock.sleeps, 0);
    assert_string_equal(of.response.note,
                        "the tenant asks to wait 300 s, more than --retry-time 60");
}

static void slow_attempts_use_up_the_budget(void **state)
{
    (void)state;
    static const attempt SLOW = {.failure = CIHSM_E_TIMEOUT, .was_sent = true, .takes_ms = 31000};
    const attempt attempts[] = {SLOW, SLOW, SLOW, SLOW, SLOW};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, attempts);

    assert_int_equal(ask(&of, "GET"), CIHSM_E_TIMEOUT);
    assert_int_equal(of.requests, 2);
    assert_non_null(strstr(of.err.message, "given up after 2 attempts in 6"));
}

static void a_500_about_the_request_is_passed_on_at_once(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {{.status = 500, .body = "<html>"},
                                       {.status = 500, .body = "a filter is missing"}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    assert_int_equal(of.requests, 2);
    assert_int_equal(of.response.status, 500);
    assert_string_equal(of.response.note, "this was attempt 2");
}

static void a_delete_that_finds_nothing_the_second_time_is_done(void **state)
{
    (void)state;
    static const attempt ATTEMPTS[] = {{.failure = CIHSM_E_NETWORK, .was_sent = true},
                                       {.status = 404, .body = "not found"}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, ATTEMPTS);

    assert_int_equal(ask(&of, "DELETE"), CIHSM_OK);
    assert_int_equal(of.requests, 2);
    assert_int_equal(of.response.status, 204);
    assert_int_equal(of.response.body.len, 0);
}

static void a_delete_that_was_held_up_before_is_really_not_found(void **state)
{
    (void)state;
    static const attempt HELD_UP[][2] = {
        {{.status = 429, .was_sent = true}, {.status = 404}},
        {{.failure = CIHSM_E_NETWORK}, {.status = 404}},
    };
    for (size_t i = 0; i < sizeof HELD_UP / sizeof *HELD_UP; i++) {
        CIHSM_AUTO(close_scene) scene of;
        open_scene(&of, HELD_UP[i]);
        assert_int_equal(ask(&of, "DELETE"), CIHSM_OK);
        assert_int_equal(of.response.status, 404);
    }
}

static void requests_keep_the_pace(void **state)
{
    (void)state;
    static const attempt FINE = {.status = 200};
    const attempt attempts[] = {FINE, FINE, FINE, FINE};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, attempts);
    of.rate = (http_rate){.group = 1, .per_second = 4};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    }
    assert_int_equal(of.clock.sleeps, 3);
    assert_int_equal(of.clock.now_us, 750000);
    assert_int_equal(of.waited_us, 750000);
    assert_int_equal(of.line_count, 0); /* no warning */
}

/* Whoever waits on behalf of a request counts like the request. */
static void waits_are_counted_with_requests(void **state)
{
    (void)state;
    static const attempt FINE = {.status = 200};
    const attempt attempts[] = {FINE};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, attempts);
    of.rate = (http_rate){.group = 1, .per_second = 4};
    const http_rate other = {.group = 2, .per_second = 4};
    assert_int_equal(http_patience_wait(&of.patience, &of.rate, NULL), CIHSM_OK);
    assert_int_equal(http_patience_wait(&of.patience, &other, NULL), CIHSM_OK);
    assert_int_equal(of.clock.now_us, 0);
    assert_int_equal(ask(&of, "GET"), CIHSM_OK);
    assert_int_equal(of.clock.now_us, 250000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_again_until_it_works),
        cmocka_unit_test(an_answer_that_stays_bad_is_passed_on_with_a_note),
        cmocka_unit_test(a_failure_that_stays_tells_the_attempts),
        cmocka_unit_test(a_write_that_may_have_arrived_is_not_repeated),
        cmocka_unit_test(what_the_network_has_no_part_in_is_not_repeated),
        cmocka_unit_test(a_wait_beyond_the_budget_fails_at_once),
        cmocka_unit_test(slow_attempts_use_up_the_budget),
        cmocka_unit_test(a_500_about_the_request_is_passed_on_at_once),
        cmocka_unit_test(a_delete_that_finds_nothing_the_second_time_is_done),
        cmocka_unit_test(a_delete_that_was_held_up_before_is_really_not_found),
        cmocka_unit_test(requests_keep_the_pace),
        cmocka_unit_test(waits_are_counted_with_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
