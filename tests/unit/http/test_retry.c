/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/retry.h"

#define HIGHEST UINT32_MAX
#define BUDGET_MS 60000

static http_effort first(const char *method)
{
    return (http_effort){.method = method, .attempts = 1, .budget_ms = BUDGET_MS};
}

static http_verdict verdict_on(const char *method, const http_outcome *outcome)
{
    const http_effort effort = first(method);
    return http_retry_decide(&effort, outcome, 0).verdict;
}

static void each_status_has_its_rule(void **state)
{
    (void)state;
    static const struct {
        long status;
        http_verdict get, head, put, delete, post, merge;
    } rows[] = {
        {200, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {204, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {302, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {400, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {401, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {403, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {404, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {408, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
        {409, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {412, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {423, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
        {429, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
        {500, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {501, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {502, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
        {503, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
        {504, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL, HTTP_FINAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const http_outcome outcome = {.http_status = rows[i].status, .was_sent = true};
        assert_int_equal(verdict_on("GET", &outcome), rows[i].get);
        assert_int_equal(verdict_on("HEAD", &outcome), rows[i].head);
        assert_int_equal(verdict_on("PUT", &outcome), rows[i].put);
        assert_int_equal(verdict_on("DELETE", &outcome), rows[i].delete);
        assert_int_equal(verdict_on("POST", &outcome), rows[i].post);
        assert_int_equal(verdict_on("MERGE", &outcome), rows[i].merge);
    }
}

static void each_failure_has_its_rule(void **state)
{
    (void)state;
    static const struct {
        cihsm_status status;
        http_verdict unsent, sent_get, sent_post;
    } rows[] = {
        {CIHSM_E_NETWORK, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL},
        {CIHSM_E_TIMEOUT, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL},
        {CIHSM_E_BUSY, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL},
        {CIHSM_E_SERVER, HTTP_AGAIN, HTTP_AGAIN, HTTP_FINAL},
        {CIHSM_E_TLS, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_TOKEN, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_PIN, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_CONFIG, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_REFUSED, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_LIMIT, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_PROTOCOL, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_NO_MEMORY, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
        {CIHSM_E_CANCELED, HTTP_FINAL, HTTP_FINAL, HTTP_FINAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        http_outcome outcome = {.status = rows[i].status};
        assert_int_equal(verdict_on("GET", &outcome), rows[i].unsent);
        assert_int_equal(verdict_on("POST", &outcome), rows[i].unsent);
        outcome.was_sent = true;
        assert_int_equal(verdict_on("GET", &outcome), rows[i].sent_get);
        assert_int_equal(verdict_on("POST", &outcome), rows[i].sent_post);
    }
}

/* The same statuses come from a token: its time is over, or all its sessions are taken. */
static void what_the_network_has_no_part_in_is_final(void **state)
{
    (void)state;
    static const cihsm_status PASSING[] = {CIHSM_E_NETWORK, CIHSM_E_TIMEOUT, CIHSM_E_BUSY,
                                           CIHSM_E_SERVER};
    for (size_t i = 0; i < sizeof PASSING / sizeof *PASSING; i++) {
        const http_outcome outcome = {.status = PASSING[i], .is_final = true};
        assert_int_equal(verdict_on("GET", &outcome), HTTP_FINAL);
        assert_int_equal(verdict_on("POST", &outcome), HTTP_FINAL);
    }
}

static void a_500_about_the_request_is_final(void **state)
{
    (void)state;
    const http_outcome fault = {.http_status = 500, .is_request_fault = true};
    assert_int_equal(verdict_on("GET", &fault), HTTP_FINAL);
}

static void attempts_are_counted(void **state)
{
    (void)state;
    const http_outcome busy = {.http_status = 503};
    const http_outcome broken = {.http_status = 500};
    const http_outcome lost = {.status = CIHSM_E_NETWORK};
    http_effort effort = first("GET");
    effort.attempts = 2;
    assert_int_equal(http_retry_decide(&effort, &broken, 0).verdict, HTTP_AGAIN);
    effort.attempts = 3;
    assert_int_equal(http_retry_decide(&effort, &broken, 0).verdict, HTTP_GIVEN_UP);
    effort.attempts = 4;
    assert_int_equal(http_retry_decide(&effort, &busy, 0).verdict, HTTP_AGAIN);
    assert_int_equal(http_retry_decide(&effort, &lost, 0).verdict, HTTP_AGAIN);
    effort.attempts = 5;
    assert_int_equal(http_retry_decide(&effort, &busy, 0).verdict, HTTP_GIVEN_UP);
    assert_int_equal(http_retry_decide(&effort, &lost, 0).verdict, HTTP_GIVEN_UP);
}

static void the_delay_is_anything_up_to_a_doubling_step(void **state)
{
    (void)state;
    static const int64_t STEPS_MS[] = {1000, 2000, 4000, 8000};
    const http_outcome busy = {.http_status = 429};
    for (unsigned i = 0; i < 4; i++) {
        http_effort effort = first("GET");
        effort.attempts = i + 1;
        const uint32_t last = (uint32_t)STEPS_MS[i]; /* one more starts at 0 again */
        assert_int_equal(http_retry_decide(&effort, &busy, 0).delay_ms, 0);
        assert_int_equal(http_retry_decide(&effort, &busy, last).delay_ms, STEPS_MS[i]);
        assert_int_equal(http_retry_decide(&effort, &busy, last + 1).delay_ms, 0);
        assert_in_range(http_retry_decide(&effort, &busy, HIGHEST).delay_ms, 0, STEPS_MS[i]);
    }
}

static void the_server_s_wish_is_followed(void **state)
{
    (void)state;
    static const struct {
        long asked_s, budget_s, elapsed_s;
        http_verdict verdict;
        int64_t delay_ms;
        const char *note;
    } rows[] = {
        {1, 60, 0, HTTP_AGAIN, 1000, ""},
        {60, 60, 0, HTTP_AGAIN, 60000, ""},
        {61, 60, 0, HTTP_TOO_LONG, 0, "the tenant asks to wait 61 s, more than --retry-time 60"},
        {40, 60, 30, HTTP_TOO_LONG, 0,
         "the tenant asks to wait 40 s, more than is left of --retry-time 60"},
        {3600, 600, 0, HTTP_AGAIN, 300000, ""}, /* never longer than five minutes */
        {3600, 60, 0, HTTP_TOO_LONG, 0,
         "the tenant asks to wait 3600 s, more than --retry-time 60"},
        {-5, 60, 0, HTTP_AGAIN, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const http_outcome busy = {.http_status = 503, .retry_after_s = rows[i].asked_s};
        const http_effort effort = {.method = "GET",
                                    .attempts = 1,
                                    .elapsed_ms = rows[i].elapsed_s * 1000,
                                    .budget_ms = rows[i].budget_s * 1000};
        const http_advice advice = http_retry_decide(&effort, &busy, 0);
        char note[HTTP_NOTE_SIZE];
        assert_int_equal(advice.verdict, rows[i].verdict);
        assert_int_equal(advice.delay_ms, rows[i].delay_ms);
        http_retry_note(&advice, &effort, &busy, note);
        assert_string_equal(note, rows[i].note);
    }
}

static void a_token_server_s_wish_is_followed_too(void **state)
{
    (void)state;
    http_outcome busy = {.status = CIHSM_E_SERVER, .retry_after_s = 7};
    http_effort effort = first("POST");
    assert_int_equal(http_retry_decide(&effort, &busy, 0).verdict, HTTP_AGAIN);
    assert_int_equal(http_retry_decide(&effort, &busy, 0).delay_ms, 7000);
    effort.budget_ms = 5000;
    busy.status = CIHSM_E_BUSY;
    const http_advice advice = http_retry_decide(&effort, &busy, 0);
    assert_int_equal(advice.verdict, HTTP_TOO_LONG);
    char note[HTTP_NOTE_SIZE];
    http_retry_note(&advice, &effort, &busy, note);
    assert_string_equal(note, "the token server asks to wait 7 s, more than --retry-time 5");
}

static void the_budget_is_never_overrun(void **state)
{
    (void)state;
    const http_outcome busy = {.http_status = 503};
    http_effort effort = first("GET");
    effort.elapsed_ms = BUDGET_MS - 500;
    assert_int_equal(http_retry_decide(&effort, &busy, 500).verdict, HTTP_AGAIN);
    assert_int_equal(http_retry_decide(&effort, &busy, 501).verdict, HTTP_GIVEN_UP);
    effort.elapsed_ms = BUDGET_MS + 1;
    assert_int_equal(http_retry_decide(&effort, &busy, 0).verdict, HTTP_GIVEN_UP);
}

static void without_a_budget_nothing_is_repeated(void **state)
{
    (void)state;
    const http_effort effort = {.method = "GET", .attempts = 1};
    const http_outcome busy = {.http_status = 503, .retry_after_s = 1};
    const http_advice advice = http_retry_decide(&effort, &busy, 0);
    char note[HTTP_NOTE_SIZE];
    assert_int_equal(advice.verdict, HTTP_FINAL);
    http_retry_note(&advice, &effort, &busy, note);
    assert_string_equal(note, "");
}

static void the_end_tells_the_effort(void **state)
{
    (void)state;
    const http_outcome busy = {.http_status = 503};
    const http_outcome absent = {.http_status = 404};
    http_effort effort = first("GET");
    char note[HTTP_NOTE_SIZE];
    effort.attempts = 5;
    effort.elapsed_ms = 12600;
    const http_advice given_up = {.verdict = HTTP_GIVEN_UP};
    http_retry_note(&given_up, &effort, &busy, note);
    assert_string_equal(note, "given up after 5 attempts in 13 s");
    effort.attempts = 2;
    const http_advice final = {.verdict = HTTP_FINAL};
    http_retry_note(&final, &effort, &absent, note);
    assert_string_equal(note, "this was attempt 2");
    effort.attempts = 1;
    http_retry_note(&given_up, &effort, &busy, note);
    assert_string_equal(note, "");
    http_retry_note(&final, &effort, &absent, note);
    assert_string_equal(note, "");
}

static void knows_what_may_have_been_carried_out(void **state)
{
    (void)state;
    static const struct {
        http_outcome outcome;
        bool may_be_done;
    } rows[] = {
        {{.http_status = 429, .was_sent = true}, false},
        {{.http_status = 423, .was_sent = true}, false},
        {{.http_status = 502, .was_sent = true}, true},
        {{.http_status = 503, .was_sent = true}, true},
        {{.status = CIHSM_E_NETWORK, .was_sent = true}, true},
        {{.status = CIHSM_E_NETWORK, .was_sent = false}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(http_retry_may_be_done(&rows[i].outcome), rows[i].may_be_done);
    }
}

static void reasons_are_words(void **state)
{
    (void)state;
    static const struct {
        http_outcome outcome;
        const char *reason;
    } rows[] = {
        {{.http_status = 429}, "status 429"},
        {{.status = CIHSM_E_NETWORK}, "no connection"},
        {{.status = CIHSM_E_NETWORK, .was_sent = true}, "the connection was lost"},
        {{.status = CIHSM_E_TIMEOUT}, "no answer in time"},
        {{.status = CIHSM_E_SERVER}, "no OAuth token"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char reason[64];
        http_retry_reason(&rows[i].outcome, reason, sizeof reason);
        assert_string_equal(reason, rows[i].reason);
    }
}

/* The published sequence of splitmix64 for the seed 1234567, upper halves. */
static void chance_follows_the_seed(void **state)
{
    (void)state;
    static const uint64_t PUBLISHED[] = {6457827717110365317U, 3203168211198807973U,
                                         9817491932198370423U, 4593380528125082431U};
    uint64_t at = 1234567;
    for (size_t i = 0; i < sizeof PUBLISHED / sizeof *PUBLISHED; i++) {
        assert_int_equal(http_retry_random(&at), PUBLISHED[i] >> 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_has_its_rule),
        cmocka_unit_test(each_failure_has_its_rule),
        cmocka_unit_test(what_the_network_has_no_part_in_is_final),
        cmocka_unit_test(a_500_about_the_request_is_final),
        cmocka_unit_test(attempts_are_counted),
        cmocka_unit_test(the_delay_is_anything_up_to_a_doubling_step),
        cmocka_unit_test(the_server_s_wish_is_followed),
        cmocka_unit_test(a_token_server_s_wish_is_followed_too),
        cmocka_unit_test(the_budget_is_never_overrun),
        cmocka_unit_test(without_a_budget_nothing_is_repeated),
        cmocka_unit_test(the_end_tells_the_effort),
        cmocka_unit_test(knows_what_may_have_been_carried_out),
        cmocka_unit_test(reasons_are_words),
        cmocka_unit_test(chance_follows_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
