/* SPDX-License-Identifier: Apache-2.0 */
#include "http/attempt.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"

http_rate http_attempt_rate(const http_patience *of, const char *url)
{
    if (of->config.rate_of == NULL) {
        return (http_rate){0};
    }
    return of->config.rate_of(of->config.user, url);
}

int64_t http_attempt_turn(http_patience *of, const http_rate *rate, bool is_told)
{
    const int64_t now_us = clock_now_us(&of->config.clock);
    const int64_t delay_us = http_pace_delay_us(&of->pace, rate, now_us);
    if (delay_us > 0) {
        const int64_t delay_ms = (delay_us + 999) / 1000;
        if (!is_told) {
            log_line(of->config.log, CIHSM_LOG_INFO, "http",
                     "a wait of %lld ms or more keeps the calls below the tenant's rate limit",
                     (long long)delay_ms);
        }
        return delay_ms;
    }
    http_pace_take(&of->pace, rate, now_us);
    return 0;
}

http_attempts http_attempts_begin(const http_patience *of, const char *method)
{
    return (http_attempts){
        .effort = {.method = method, .budget_ms = of->config.retry_time_ms},
        .begun_us = clock_now_us(&of->config.clock),
    };
}

static const char *state_of(const http_attempts *attempts)
{
    if (attempts == NULL) {
        return "nothing was sent";
    }
    return attempts->may_be_done && !http_is_safe(attempts->effort.method)
               ? "the write was sent, and whether it was done is unknown"
               : "it was to be tried again";
}

cihsm_status http_attempt_pause(const http_patience *of, const http_attempts *attempts,
                                int64_t milliseconds, cihsm_error *err)
{
    const bool is_over = !clock_sleep_ms(&of->config.clock, milliseconds);
    log_timed(of->config.log, CIHSM_PHASE_WAIT, milliseconds * 1000);
    return is_over ? cihsm_fail_plain(err, CIHSM_E_CANCELED, "canceled: %s", state_of(attempts))
                   : CIHSM_OK;
}

static http_outcome outcome_of(const http_patience *of, const http_response *response,
                               const cihsm_error *failure)
{
    http_outcome outcome = {
        .status = failure->status, .was_sent = response->was_sent, .is_final = response->is_final};
    if (failure->status == CIHSM_OK || http_retry_is_of_token_server(failure->status)) {
        outcome.retry_after_s = response->retry_after_s;
    }
    if (failure->status == CIHSM_OK) {
        outcome.http_status = response->status;
        outcome.is_request_fault = response->status == 500 && of->config.is_request_fault != NULL &&
                                   of->config.is_request_fault(response);
    }
    return outcome;
}

/* The note stands at the end, so a message that is too long gives way to it. */
static void add_note(cihsm_error *failure, const char *note)
{
    char message[CIHSM_ERROR_MESSAGE_MAX];
    const size_t room = sizeof message - sizeof "; " - strlen(note);
    snprintf(message, sizeof message, "%.*s; %s", (int)room, failure->message, note);
    memcpy(failure->message, message, sizeof message);
}

static void log_again(const http_patience *of, const http_attempts *attempts, const char *url,
                      const http_outcome *outcome, int64_t delay_ms)
{
    char reason[64];
    http_retry_reason(outcome, reason, sizeof reason);
    CIHSM_AUTO(text_free) char *target = NULL;
    const bool has_target = http_url_target(url, &target, NULL) == CIHSM_OK;
    log_line(of->config.log, CIHSM_LOG_WARN, "http",
             "attempt %u of %.8s %.300s: %s; again in %lld ms", attempts->effort.attempts,
             attempts->effort.method, has_target ? target : "", reason, (long long)delay_ms);
}

/* What a first DELETE did, the second does not find. */
static bool is_done_before(const http_attempts *attempts, const http_outcome *outcome)
{
    return attempts->may_be_done && strcmp(attempts->effort.method, "DELETE") == 0 &&
           outcome->status == CIHSM_OK && outcome->http_status == 404;
}

http_advice http_attempt_judge(http_patience *of, http_attempts *attempts, const char *url,
                               http_response *response, cihsm_error *failure)
{
    const http_outcome outcome = outcome_of(of, response, failure);
    http_effort *effort = &attempts->effort;
    effort->attempts++;
    effort->elapsed_ms = (clock_now_us(&of->config.clock) - attempts->begun_us) / 1000;
    if (is_done_before(attempts, &outcome)) {
        response->status = 204;
        buffer_clear(&response->body);
        return (http_advice){.verdict = HTTP_FINAL};
    }
    const http_advice advice = http_retry_decide(effort, &outcome, http_retry_random(&of->random));
    http_retry_note(&advice, effort, &outcome, response->note);
    if (advice.verdict == HTTP_AGAIN) {
        log_again(of, attempts, url, &outcome, advice.delay_ms);
    } else if (failure->status != CIHSM_OK && response->note[0] != '\0') {
        add_note(failure, response->note);
    }
    attempts->may_be_done = attempts->may_be_done || http_retry_may_be_done(&outcome);
    return advice;
}
