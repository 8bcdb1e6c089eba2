/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "btp/answer.h"
#include "cihsm/scope.h"

#define WAIT_S 300
#define PAUSE_FIRST_MS 500
#define PAUSE_MAX_MS 5000

/* --- one look ------------------------------------------------------------------------------ */

static void read_reason(const cihsm_value *job, char out[CF_JOB_REASON_SIZE])
{
    CIHSM_AUTO(buffer_free) buffer all = buffer_new(1 << 16);
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(job, "errors"));
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *detail = cihsm_value_get_string(one, "detail");
        const char *words = detail != NULL ? detail : cihsm_value_get_string(one, "title");
        if (words == NULL) {
            continue;
        }
        /* what does not fit is not told */
        if (buffer_append_text(&all, all.len == 0 ? "" : "; ", NULL) != CIHSM_OK ||
            buffer_append_text(&all, words, NULL) != CIHSM_OK) {
            break;
        }
    }
    text_escape(out, CF_JOB_REASON_SIZE, buffer_text(&all), all.len);
}

cihsm_status cf_job_read(const cihsm_value *job, const char *host, cf_job_state *out,
                         char reason[CF_JOB_REASON_SIZE], cihsm_error *err)
{
    static const struct {
        const char *name;
        cf_job_state state;
    } STATES[] = {
        {"PROCESSING", CF_JOB_GOING},
        {"POLLING", CF_JOB_GOING},
        {"COMPLETE", CF_JOB_DONE},
        {"FAILED", CF_JOB_FAILED},
    };
    const char *state = cihsm_value_get_string(job, "state");
    reason[0] = '\0';
    for (size_t i = 0; state != NULL && i < sizeof STATES / sizeof *STATES; i++) {
        if (strcmp(STATES[i].name, state) == 0) {
            *out = STATES[i].state;
            read_reason(job, reason);
            return CIHSM_OK;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                            "a job of Cloud Foundry %.120s has no state that is known", host);
}

/* --- waiting ------------------------------------------------------------------------------- */

typedef struct waiting {
    cihsm_cf *cf;
    const cf_job_words *words;
    int64_t wait_s;
    int64_t end_us;
    int64_t pause_ms;
} waiting;

#define LOOK "\"cihsm service-key list\" tells what came of it"

static cihsm_status fail_going(const waiting *of, cihsm_status status, const char *why,
                               cihsm_error *err)
{
    return cihsm_fail_plain(err, status,
                            "%s: service key \"%.60s\" is still %s: Cloud Foundry goes on, " LOOK,
                            why, of->words->name, of->words->going);
}

/* The job has not ended for all that is known. */
static cihsm_status fail_unseen(const waiting *of, const cihsm_error *why, cihsm_error *err)
{
    return cihsm_fail(err, why->status, why->origin, why->native,
                      "%s; service key \"%.60s\" was %s: Cloud Foundry goes on, " LOOK,
                      why->message, of->words->name, of->words->going);
}

/* A request without an answer may have begun a job. */
static cihsm_status fail_unanswered(const http_response *answer, const cihsm_error *why,
                                    cihsm_error *err)
{
    return cihsm_fail(err, why->status, why->origin, why->native, "%s%s", why->message,
                      answer->was_sent && why->origin != CIHSM_FROM_HTTP ? "; " LOOK : "");
}

/* @param asked_ms  what the server wants; 0: nothing */
static cihsm_status pause(waiting *of, int64_t asked_ms, cihsm_error *err)
{
    const clock_source *clock = btp_link_clock(of->cf->link);
    const int64_t left_ms = (of->end_us - clock_now_us(clock)) / 1000;
    const int64_t wanted_ms = asked_ms > of->pause_ms ? asked_ms : of->pause_ms;
    if (left_ms <= 0) {
        char why[64];
        snprintf(why, sizeof why, "after %" PRId64 " s", of->wait_s);
        return fail_going(of, CIHSM_E_TIMEOUT, why, err);
    }
    of->pause_ms = of->pause_ms * 3 / 2 < PAUSE_MAX_MS ? of->pause_ms * 3 / 2 : PAUSE_MAX_MS;
    return clock_sleep_ms(clock, left_ms < wanted_ms ? left_ms : wanted_ms)
               ? CIHSM_OK
               : fail_going(of, CIHSM_E_CANCELED, "canceled", err);
}

/* What a look at a job showed. */
typedef struct job_view {
    cf_job_state state;
    char reason[CF_JOB_REASON_SIZE]; /* why it failed */
    int64_t retry_after_ms;
} job_view;

static cihsm_status look(const waiting *of, const char *job_url, job_view *out, cihsm_error *err)
{
    const cf_request request = {.method = "GET", .path = job_url, .what = "job"};
    const char *host = btp_link_host(of->cf->link);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *job = NULL;
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    CIHSM_TRY(cf_send(of->cf, &request, &answer, err));
    CIHSM_TRY(btp_answer_object(&answer, host, &job, err));
    out->retry_after_ms = (int64_t)answer.retry_after_s * 1000;
    return cf_job_read(job, host, &out->state, out->reason, err);
}

static cihsm_status wait_for(waiting *of, const char *job_url, cihsm_error *err)
{
    for (;;) {
        job_view view = {.state = CF_JOB_GOING};
        cihsm_error why = {0};
        if (look(of, job_url, &view, &why) != CIHSM_OK) {
            return fail_unseen(of, &why, err);
        }
        if (view.state == CF_JOB_FAILED) {
            return cihsm_fail_plain(err, CIHSM_E_REJECTED, "service key \"%.60s\" %s: %s",
                                    of->words->name, of->words->failed,
                                    view.reason[0] == '\0' ? "Cloud Foundry gives no reason"
                                                           : view.reason);
        }
        if (view.state == CF_JOB_DONE) {
            return CIHSM_OK;
        }
        CIHSM_TRY(pause(of, view.retry_after_ms, err));
    }
}

cihsm_status cf_job_run(cihsm_cf *cf, const cf_request *request, const cf_job_words *words,
                        int64_t wait_s, cihsm_error *err)
{
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, BTP_ANSWER_MAX_BYTES);
    cihsm_error why = {0};
    if (cf_send(cf, request, &answer, &why) != CIHSM_OK) {
        return fail_unanswered(&answer, &why, err);
    }
    if (answer.location == NULL) {
        return answer.status != 202
                   ? CIHSM_OK
                   : cihsm_fail_plain(
                         err, CIHSM_E_PROTOCOL,
                         "the request was taken by Cloud Foundry %.120s, which names no "
                         "job, so it cannot be waited for: look with \"cihsm "
                         "service-key list\"",
                         btp_link_host(cf->link));
    }
    wait_s = wait_s == 0 ? WAIT_S : wait_s;
    const int64_t now_us = clock_now_us(btp_link_clock(cf->link));
    waiting of = {.cf = cf,
                  .words = words,
                  .wait_s = wait_s,
                  .end_us = now_us + wait_s * 1000000,
                  .pause_ms = PAUSE_FIRST_MS};
    return wait_for(&of, answer.location, err);
}
