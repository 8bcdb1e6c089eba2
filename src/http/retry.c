/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"

#include <stdio.h>
#include <string.h>

#define BASE_MS 1000
#define CAP_MS 30000
#define RETRY_AFTER_MAX_S 300
#define ATTEMPTS_AT_500 3 /* it is rarely healed by waiting */

bool http_is_idempotent(const char *method)
{
    static const char *const METHODS[] = {"GET", "HEAD", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        if (strcmp(METHODS[i], method) == 0) {
            return true;
        }
    }
    return false;
}

bool http_is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* 423 is a lock of someone else, 429 the rate limit. Neither tells whether a POST is harmless. */
static bool is_passing_status(long status)
{
    return status == 408 || status == 423 || status == 429 || status == 502 || status == 503 ||
           status == 504;
}

static bool is_passing_answer(const http_effort *effort, const http_outcome *outcome)
{
    if (outcome->http_status == 500) {
        return strcmp(effort->method, "GET") == 0 && !outcome->is_request_fault;
    }
    return http_is_idempotent(effort->method) && is_passing_status(outcome->http_status);
}

bool http_retry_is_of_token_server(cihsm_status status)
{
    return status == CIHSM_E_BUSY || status == CIHSM_E_SERVER;
}

static bool is_passing_failure(const http_effort *effort, const http_outcome *outcome)
{
    const bool is_passing = outcome->status == CIHSM_E_NETWORK ||
                            outcome->status == CIHSM_E_TIMEOUT ||
                            http_retry_is_of_token_server(outcome->status);
    return is_passing && !outcome->is_final &&
           (!outcome->was_sent || http_is_idempotent(effort->method));
}

static unsigned attempts_allowed(const http_outcome *outcome)
{
    const bool is_500 = outcome->status == CIHSM_OK && outcome->http_status == 500;
    return is_500 ? ATTEMPTS_AT_500 : HTTP_RETRY_ATTEMPTS;
}

/* Full jitter: anything from 0 to the exponential step. */
static int64_t jitter_ms(unsigned attempts, uint32_t random)
{
    int64_t step_ms = BASE_MS;
    for (unsigned i = 1; i < attempts && step_ms < CAP_MS; i++) {
        step_ms *= 2;
    }
    step_ms = step_ms < CAP_MS ? step_ms : CAP_MS;
    return (int64_t)(random % (uint32_t)(step_ms + 1));
}

static int64_t asked_wait_ms(const http_outcome *outcome)
{
    const long seconds = outcome->retry_after_s;
    return (int64_t)(seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
}

http_advice http_retry_decide(const http_effort *effort, const http_outcome *outcome,
                              uint32_t random)
{
    const bool is_passing = outcome->status == CIHSM_OK ? is_passing_answer(effort, outcome)
                                                        : is_passing_failure(effort, outcome);
    if (effort->budget_ms == 0 || !is_passing) {
        return (http_advice){.verdict = HTTP_FINAL};
    }
    if (effort->attempts >= attempts_allowed(outcome)) {
        return (http_advice){.verdict = HTTP_GIVEN_UP};
    }
    const bool is_asked = outcome->retry_after_s > 0;
    const int64_t delay_ms =
        is_asked ? asked_wait_ms(outcome) : jitter_ms(effort->attempts, random);
    if (effort->elapsed_ms + delay_ms > effort->budget_ms) {
        return (http_advice){.verdict = is_asked ? HTTP_TOO_LONG : HTTP_GIVEN_UP};
    }
    return (http_advice){.verdict = HTTP_AGAIN, .delay_ms = delay_ms};
}

bool http_retry_may_be_done(const http_outcome *outcome)
{
    if (outcome->status != CIHSM_OK) {
        return outcome->was_sent;
    }
    return outcome->http_status != 423 && outcome->http_status != 429;
}

void http_retry_note(const http_advice *advice, const http_effort *effort,
                     const http_outcome *outcome, char out[HTTP_NOTE_SIZE])
{
    out[0] = '\0';
    if (advice->verdict == HTTP_TOO_LONG) {
        const bool is_over = asked_wait_ms(outcome) > effort->budget_ms;
        snprintf(out, HTTP_NOTE_SIZE, "%s asks to wait %ld s, more than %s%lld",
                 outcome->status == CIHSM_OK ? "the tenant" : "the token server",
                 outcome->retry_after_s, is_over ? "--retry-time " : "is left of --retry-time ",
                 (long long)effort->budget_ms / 1000);
        return;
    }
    if (advice->verdict == HTTP_GIVEN_UP && effort->attempts > 1) {
        snprintf(out, HTTP_NOTE_SIZE, "given up after %u attempts in %lld s", effort->attempts,
                 (long long)(effort->elapsed_ms + 500) / 1000);
    }
    if (advice->verdict == HTTP_FINAL && effort->attempts > 1) {
        snprintf(out, HTTP_NOTE_SIZE, "this was attempt %u", effort->attempts);
    }
}

void http_retry_reason(const http_outcome *outcome, char *out, size_t size)
{
    if (outcome->status == CIHSM_OK) {
        snprintf(out, size, "status %ld", outcome->http_status);
        return;
    }
    const char *reason = outcome->status == CIHSM_E_TIMEOUT   ? "no answer in time"
                         : outcome->status != CIHSM_E_NETWORK ? "no OAuth token"
                         : outcome->was_sent                  ? "the connection was lost"
                                                              : "no connection";
    snprintf(out, size, "%s", reason);
}

uint32_t http_retry_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15U;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return (uint32_t)((mixed ^ (mixed >> 31)) >> 32);
}
