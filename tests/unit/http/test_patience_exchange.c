/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges of a patient transport, over one that does what a script says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "http/patience.h"
#include "still_clock.h"

#define STEPS_MAX 16

/* What one wait of the transport below brings to an exchange. */
typedef struct step {
    int exchange; /* number of the start that it is about */
    long status;  /* a head arrives; 0: none */
    const char *body;
    bool is_done;
    cihsm_status failure;
} step;

typedef struct scene {
    still_clock clock;
    const step *steps; /* one a wait, as long as there are some */
    size_t at;
    size_t step_count;
    http_exchange *started[STEPS_MAX];
    int64_t started_at_us[STEPS_MAX];
    char url[64]; /* of the last start */
    char accept[64];
    size_t starts;
    size_t starts_failing; /* the first so many */
    size_t cancels;
    size_t wakes;
    long retry_after_s;
    http_rate rate;
    http_patience patience;
    http_transport way;
} scene;

static cihsm_status start(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err)
{
    scene *of = context;
    assert_string_equal(request->method, "GET");
    assert_null(exchange->carrier);
    snprintf(of->url, sizeof of->url, "%s", request->url);
    snprintf(of->accept, sizeof of->accept, "%s", request->headers[0].value);
    of->started_at_us[of->starts] = of->clock.now_us;
    of->started[of->starts++] = exchange;
    if (of->starts <= of->starts_failing) {
        return cihsm_fail_plain(err, CIHSM_E_NETWORK, "no way to the token host");
    }
    exchange->carrier = of;
    return CIHSM_OK;
}

/* A transport needs its own marks as it left them. */
static void arrive(const step *now, http_exchange *exchange, long retry_after_s)
{
    http_response *response = &exchange->response;
    if (now->status != 0) {
        assert_false(exchange->has_head);
        exchange->has_head = true;
        response->status = now->status;
        response->retry_after_s = retry_after_s;
    }
    if (now->body != NULL) {
        assert_true(exchange->has_head);
        assert_int_equal(buffer_append_text(&response->body, now->body, NULL), CIHSM_OK);
    }
    if (now->is_done) {
        response->was_sent = true;
        exchange->is_done = true;
        exchange->carrier = NULL;
        if (now->failure != CIHSM_OK) {
            cihsm_fail_plain(&exchange->failure, now->failure, "connection lost");
        }
    }
}

static cihsm_status wait_below(void *context, long timeout_ms, cihsm_error *err)
{
    scene *of = context;
    (void)err;
    if (of->at < of->step_count) {
        const step *now = &of->steps[of->at++];
        arrive(now, of->started[now->exchange], of->retry_after_s);
        return CIHSM_OK;
    }
    of->clock.now_us += (int64_t)timeout_ms * 1000;
    return CIHSM_OK;
}

static void cancel(void *context, http_exchange *exchange)
{
    ((scene *)context)->cancels++;
    exchange->carrier = NULL;
}

static void wake(void *context)
{
    ((scene *)context)->wakes++;
}

static http_rate rate_of(void *user, const char *url)
{
    (void)url;
    return ((const scene *)user)->rate;
}

static void open_scene(scene *of, const step *steps, size_t count)
{
    *of = (scene){.steps = steps, .step_count = count, .retry_after_s = 3};
    const http_patience_config config = {
        .below =
            {.start = start, .wait = wait_below, .cancel = cancel, .wake = wake, .context = of},
        .clock = still_clock_table(&of->clock),
        .retry_time_ms = 60000,
        .rate_of = rate_of,
        .user = of,
    };
    http_patience_init(&of->patience, &config);
    of->way = http_patience_transport(&of->patience);
}

static void close_scene(scene *of)
{
    assert_null(of->patience.flights);
    http_patience_free(&of->patience);
}

/* The request's texts are gone when it returns. */
static cihsm_status begin(scene *of, http_exchange *exchange, cihsm_error *err)
{
    char url[] = "https://host/api/v1/Logs";
    char accept[] = "application/json";
    const http_header header = {"Accept", accept};
    const http_request request = {
        .method = "GET", .url = url, .headers = &header, .header_count = 1};
    http_exchange_init(exchange, 1000);
    const cihsm_status status = of->way.start(of->way.context, &request, exchange, err);
    memset(url, 'x', sizeof url - 1);
    memset(accept, 'x', sizeof accept - 1);
    return status;
}

static void wait_once(scene *of, long timeout_ms)
{
    cihsm_error err = {0};
    assert_int_equal(of->way.wait(of->way.context, timeout_ms, &err), CIHSM_OK);
}

static void nothing_of_a_failed_attempt_is_shown(void **state)
{
    (void)state;
    static const step STEPS[] = {
        {.status = 503}, {.body = "busy"}, {.is_done = true}, {.exchange = 1, .status = 200}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, sizeof STEPS / sizeof *STEPS);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);

    for (int i = 0; i < 3; i++) {
        wait_once(&of, 1000);
        assert_false(exchange.has_head);
        assert_false(exchange.is_done);
        assert_non_null(exchange.carrier);
    }
    assert_int_equal(exchange.response.body.len, 0);
    of.at = of.step_count; /* three seconds of nothing */
    wait_once(&of, 60000);
    assert_int_equal(of.clock.now_us, 3000000); /* no longer than until it is due */
    assert_int_equal(of.starts, 2);
    assert_string_equal(of.url, "https://host/api/v1/Logs");
    assert_string_equal(of.accept, "application/json");
    of.at--;
    wait_once(&of, 1000);
    assert_true(exchange.has_head);
    assert_int_equal(exchange.response.status, 200);
}

static void a_final_end_is_shown_with_its_head(void **state)
{
    (void)state;
    static const step STEPS[] = {{.status = 404}, {.body = "none", .is_done = true}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, 2);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);
    wait_once(&of, 1000);
    assert_false(exchange.has_head);
    wait_once(&of, 1000);
    assert_true(exchange.has_head && exchange.is_done);
    assert_string_equal(buffer_text(&exchange.response.body), "none");
    assert_string_equal(exchange.response.note, "");
    assert_int_equal(of.starts, 1);
}

static void what_was_shown_is_not_asked_for_again(void **state)
{
    (void)state;
    static const step STEPS[] = {{.status = 200, .body = "one"},
                                 {.is_done = true, .failure = CIHSM_E_NETWORK}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, 2);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);
    wait_once(&of, 1000);
    assert_true(exchange.has_head);
    wait_once(&of, 1000);
    assert_true(exchange.is_done);
    assert_int_equal(exchange.failure.status, CIHSM_E_NETWORK);
    assert_string_equal(buffer_text(&exchange.response.body), "one");
}

static void an_answer_that_broke_before_it_was_shown_is_asked_for_again(void **state)
{
    (void)state;
    static const step STEPS[] = {
        {.status = 200, .body = "on", .is_done = true, .failure = CIHSM_E_NETWORK}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, 1);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);
    wait_once(&of, 1000);
    assert_false(exchange.has_head);
    wait_once(&of, 60000);
    assert_int_equal(of.starts, 2);
    of.way.cancel(of.way.context, &exchange);
}

static void attempts_that_are_used_up_are_told(void **state)
{
    (void)state;
    static const step STEPS[] = {{.exchange = 0, .is_done = true, .failure = CIHSM_E_NETWORK},
                                 {.exchange = 1, .is_done = true, .failure = CIHSM_E_NETWORK},
                                 {.exchange = 2, .is_done = true, .failure = CIHSM_E_NETWORK},
                                 {.exchange = 3, .is_done = true, .failure = CIHSM_E_NETWORK},
                                 {.exchange = 4, .is_done = true, .failure = CIHSM_E_NETWORK}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, 0);
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);
    for (size_t i = 0; i < 5; i++) {
        of.step_count = i + 1;
        wait_once(&of, 1000); /* the end of the attempt */
        wait_once(&of, 60000);
    }
    assert_int_equal(of.starts, 5);
    assert_true(exchange.is_done);
    assert_null(exchange.carrier);
    assert_non_null(strstr(exchange.failure.message, "connection lost; given up after 5 attempts"));
}

static void others_go_on_meanwhile(void **state)
{
    (void)state;
    static const step STEPS[] = {{.exchange = 0, .status = 503, .is_done = true},
                                 {.exchange = 1, .status = 200, .body = "b", .is_done = true}};
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, STEPS, 2);
    CIHSM_AUTO(http_exchange_free) http_exchange held_up;
    CIHSM_AUTO(http_exchange_free) http_exchange other;
    assert_int_equal(begin(&of, &held_up, NULL), CIHSM_OK);
    assert_int_equal(begin(&of, &other, NULL), CIHSM_OK);
    wait_once(&of, 1000);
    wait_once(&of, 1000);
    assert_true(other.is_done);
    assert_int_equal(other.response.status, 200);
    assert_false(held_up.is_done);
    assert_int_equal(of.clock.sleeps, 0); /* nobody slept */
    of.way.cancel(of.way.context, &held_up);
    assert_null(held_up.carrier);
    assert_int_equal(of.cancels, 0); /* the transport below does not know it now */
}

static void starts_keep_the_pace(void **state)
{
    (void)state;
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, NULL, 0);
    of.rate = (http_rate){.per_second = 4};
    http_exchange exchanges[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(begin(&of, &exchanges[i], NULL), CIHSM_OK);
        assert_non_null(exchanges[i].carrier);
    }
    assert_int_equal(of.starts, 1);
    for (int i = 0; i < 20; i++) {
        wait_once(&of, 1000);
    }
    assert_int_equal(of.starts, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(of.started_at_us[i], i * 250000);
        assert_ptr_equal(of.started[i], &exchanges[i]); /* who waits longest goes first */
        of.way.cancel(of.way.context, &exchanges[i]);
        http_exchange_free(&exchanges[i]);
    }
    assert_int_equal(of.cancels, 4);
}

static void a_start_that_fails_is_an_attempt(void **state)
{
    (void)state;
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, NULL, 0);
    of.starts_failing = 1;
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    assert_int_equal(begin(&of, &exchange, NULL), CIHSM_OK);
    assert_false(exchange.is_done);
    wait_once(&of, 60000);
    assert_int_equal(of.starts, 2);
    of.way.cancel(of.way.context, &exchange);
}

static void a_start_that_cannot_be_repeated_fails_at_once(void **state)
{
    (void)state;
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, NULL, 0);
    of.patience.config.retry_time_ms = 0;
    of.starts_failing = 1;
    CIHSM_AUTO(http_exchange_free) http_exchange exchange;
    cihsm_error err = {0};
    assert_int_equal(begin(&of, &exchange, &err), CIHSM_E_NETWORK);
    assert_string_equal(err.message, "no way to the token host");
}

static void waking_goes_straight_through(void **state)
{
    (void)state;
    CIHSM_AUTO(close_scene) scene of;
    open_scene(&of, NULL, 0);
    of.way.wake(of.way.context);
    assert_int_equal(of.wakes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_a_failed_attempt_is_shown),
        cmocka_unit_test(a_final_end_is_shown_with_its_head),
        cmocka_unit_test(what_was_shown_is_not_asked_for_again),
        cmocka_unit_test(an_answer_that_broke_before_it_was_shown_is_asked_for_again),
        cmocka_unit_test(attempts_that_are_used_up_are_told),
        cmocka_unit_test(others_go_on_meanwhile),
        cmocka_unit_test(starts_keep_the_pace),
        cmocka_unit_test(a_start_that_fails_is_an_attempt),
        cmocka_unit_test(a_start_that_cannot_be_repeated_fails_at_once),
        cmocka_unit_test(waking_goes_straight_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
