/* SPDX-License-Identifier: Apache-2.0 */
#include "export/engine.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "export/lane.h"
#include "export/writers.h"
#include "http/attempt.h"

#define LANES_MAX (CIHSM_EXPORT_CONCURRENCY_MAX + EXPORT_WRITERS)
#define WAIT_MS 100 /* how soon a stop is noticed */
#define PROGRESS_US 100000
#define BODY_KEPT ((size_t)4 << 20) /* a larger one gives its memory back */

typedef struct engine {
    const export_engine_config *config;
    http_transport transport;
    export_writers *writers;
    export_spans *todo;
    bool is_whole_left; /* without a time property: the one slice was not begun yet */
    export_lane lanes[LANES_MAX];
    size_t lane_count;
    int64_t told_us; /* when progress was told */
    export_sums *sums;
} engine;

static int64_t now_us(const engine *of)
{
    return clock_now_us(&of->config->patience->config.clock);
}

static size_t count_in(const engine *of, export_lane_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < of->lane_count; i++) {
        count += of->lanes[i].state == state ? 1 : 0;
    }
    return count;
}

/* --- slices ------------------------------------------------------------------------------ */

static bool next_span(engine *of, export_span *out)
{
    if (of->todo != NULL) {
        return export_spans_take(of->todo, of->config->step_s, out);
    }
    const bool is_left = of->is_whole_left;
    of->is_whole_left = false;
    *out = (export_span){0};
    return is_left;
}

static void fill_lanes(engine *of)
{
    export_span span;
    for (size_t i = 0; i < of->lane_count; i++) {
        export_lane *lane = &of->lanes[i];
        if (lane->state == EXPORT_LANE_IDLE && next_span(of, &span)) {
            export_slice_begin(&lane->slice, of->config->ground, span);
            lane->state = EXPORT_LANE_READY;
            lane->due_us = 0;
        }
    }
}

static uint64_t slices_left(const engine *of)
{
    const size_t waiting = of->todo == NULL ? 0 : export_spans_pieces(of->todo, of->config->step_s);
    return waiting + of->lane_count - count_in(of, EXPORT_LANE_IDLE);
}

static void tell_progress(engine *of, bool is_last)
{
    const int64_t now = now_us(of);
    if (of->config->progress == NULL || (!is_last && now - of->told_us < PROGRESS_US)) {
        return;
    }
    of->told_us = now;
    const cihsm_export_progress progress = {.entries = of->sums->entries,
                                            .bytes = of->sums->bytes,
                                            .done_s = of->sums->done_s,
                                            .window_s = of->sums->window_s,
                                            .slices = of->sums->slices,
                                            .slices_left = slices_left(of)};
    of->config->progress(of->config->user, &progress);
}

static void add_sums(engine *of, const export_record *done)
{
    of->sums->entries += done->content.entries;
    of->sums->bytes += done->content.bytes;
    of->sums->files += done->content.entries > 0 ? 1 : 0;
    of->sums->slices++;
    of->sums->done_s += done->span.to_s - done->span.from_s;
}

/* An answer that was written counts no more. */
static void let_go(buffer *body)
{
    if (body->room > BODY_KEPT) {
        buffer_free(body);
    }
    buffer_clear(body);
}

static cihsm_status settle(engine *of, export_lane *lane, cihsm_error *err)
{
    if (lane->failure.status != CIHSM_OK) {
        return cihsm_fail(err, lane->failure.status, lane->failure.origin, lane->failure.native,
                          "%s", lane->failure.message);
    }
    const export_outcome *outcome = &lane->outcome;
    if (outcome->has_rest) {
        CIHSM_TRY(export_spans_return(of->todo, outcome->rest, of->config->concurrency, err));
    }
    let_go(&lane->exchange.response.body);
    lane->state = EXPORT_LANE_READY;
    lane->due_us = 0;
    if (outcome->is_done) {
        add_sums(of, &outcome->done);
        export_slice_end(&lane->slice);
        lane->state = EXPORT_LANE_IDLE;
    }
    return CIHSM_OK;
}

static cihsm_status take_written(engine *of, cihsm_error *err)
{
    export_lane *lane = NULL;
    while ((lane = export_writers_take(of->writers)) != NULL) {
        CIHSM_TRY(settle(of, lane, err));
    }
    return CIHSM_OK;
}

/* --- requests ---------------------------------------------------------------------------- */

/* For another answer: empty, but with the memory of its body. */
static void renew(http_exchange *exchange, size_t page_max)
{
    buffer body = exchange->response.body;
    buffer_clear(&body);
    exchange->response.body = buffer_new(page_max);
    http_exchange_free(exchange);
    http_exchange_init(exchange, page_max);
    body.max = page_max;
    exchange->response.body = body;
}

static cihsm_status prepare(engine *of, export_lane *lane, cihsm_error *err)
{
    if (lane->url != NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(export_slice_url(&lane->slice, &lane->url, err));
    lane->attempts = http_attempts_begin(of->config->patience, "GET");
    return CIHSM_OK;
}

static cihsm_status start_request(engine *of, export_lane *lane, cihsm_error *err)
{
    const http_header headers[] = {
        {"Accept", export_slice_counts(&lane->slice) ? "*/*" : "application/json"},
        {"DataServiceVersion", "2.0"},
        {"MaxDataServiceVersion", "2.0"},
    };
    const http_request request = {.method = "GET",
                                  .url = lane->url,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers};
    renew(&lane->exchange, of->config->page_max);
    CIHSM_TRY(of->transport.start(of->transport.context, &request, &lane->exchange, err));
    lane->state = EXPORT_LANE_FLYING;
    return CIHSM_OK;
}

static bool has_room(const engine *of)
{
    size_t bytes = 0;
    for (size_t i = 0; i < of->lane_count; i++) {
        bytes += of->lanes[i].exchange.response.body.len;
    }
    const size_t flying = count_in(of, EXPORT_LANE_FLYING);
    return flying < of->config->concurrency && (bytes < EXPORT_BODIES_MAX || flying == 0);
}

static cihsm_status start_requests(engine *of, cihsm_error *err)
{
    const int64_t now = now_us(of);
    for (size_t i = 0; i < of->lane_count && has_room(of); i++) {
        export_lane *lane = &of->lanes[i];
        if (lane->state == EXPORT_LANE_READY && lane->due_us <= now) {
            CIHSM_TRY(prepare(of, lane, err));
            CIHSM_TRY(start_request(of, lane, err));
        }
    }
    return CIHSM_OK;
}

/* The transport repeats what fails before there is an answer. What was cut off in the middle is
 * asked for again here: nothing of it was used. */
static cihsm_status fail_or_repeat(engine *of, export_lane *lane, cihsm_error *err)
{
    http_exchange *exchange = &lane->exchange;
    cihsm_error *failure = &exchange->failure;
    if (exchange->has_head && odata_is_success(exchange->response.status)) {
        const http_advice advice = http_attempt_judge(of->config->patience, &lane->attempts,
                                                      lane->url, &exchange->response, failure);
        if (advice.verdict == HTTP_AGAIN) {
            lane->state = EXPORT_LANE_READY;
            lane->due_us = now_us(of) + advice.delay_ms * 1000;
            return CIHSM_OK;
        }
    }
    return cihsm_fail(err, failure->status, failure->origin, failure->native, "%s",
                      failure->message);
}

static cihsm_status end_request(engine *of, export_lane *lane, cihsm_error *err)
{
    const http_exchange *exchange = &lane->exchange;
    if (exchange->failure.status != CIHSM_OK) {
        return fail_or_repeat(of, lane, err);
    }
    if (!odata_is_success(exchange->response.status)) {
        return odata_fail(&of->config->hint, of->config->ground->plan->set, &exchange->response,
                          err);
    }
    text_free(&lane->url);
    lane->failure = (cihsm_error){0};
    lane->state = EXPORT_LANE_WRITING;
    export_writers_give(of->writers, lane);
    return CIHSM_OK;
}

static cihsm_status end_requests(engine *of, cihsm_error *err)
{
    for (size_t i = 0; i < of->lane_count; i++) {
        export_lane *lane = &of->lanes[i];
        if (lane->state == EXPORT_LANE_FLYING && lane->exchange.is_done) {
            CIHSM_TRY(end_request(of, lane, err));
        }
    }
    return CIHSM_OK;
}

/* Until something is due, at most WAIT_MS. */
static long patience_ms(const engine *of)
{
    int64_t wait_us = INT64_C(1000) * WAIT_MS;
    const int64_t now = now_us(of);
    for (size_t i = 0; i < of->lane_count; i++) {
        const export_lane *lane = &of->lanes[i];
        if (lane->state == EXPORT_LANE_READY && lane->due_us > now &&
            lane->due_us - now < wait_us) {
            wait_us = lane->due_us - now;
        }
    }
    return (long)((wait_us + 999) / 1000);
}

/* --- the loop ---------------------------------------------------------------------------- */

static cihsm_status work(engine *of, cihsm_error *err)
{
    for (;;) {
        if (atomic_load(of->config->stop)) {
            return cihsm_fail_plain(err, CIHSM_E_CANCELED, "the export was stopped");
        }
        CIHSM_TRY(take_written(of, err));
        tell_progress(of, false);
        fill_lanes(of);
        if (count_in(of, EXPORT_LANE_IDLE) == of->lane_count) {
            return CIHSM_OK;
        }
        CIHSM_TRY(start_requests(of, err));
        CIHSM_TRY(of->transport.wait(of->transport.context, patience_ms(of), err));
        CIHSM_TRY(end_requests(of, err));
    }
}

/* Requests in flight are ended, then the writers; what is not complete is removed. */
static void engine_end(engine *of)
{
    for (size_t i = 0; i < of->lane_count; i++) {
        if (of->lanes[i].state == EXPORT_LANE_FLYING) {
            of->transport.cancel(of->transport.context, &of->lanes[i].exchange);
        }
    }
    export_writers_stop(&of->writers);
    for (size_t i = 0; i < of->lane_count; i++) {
        export_slice_end(&of->lanes[i].slice);
        http_exchange_free(&of->lanes[i].exchange);
        text_free(&of->lanes[i].url);
    }
}

cihsm_status export_engine_run(const export_engine_config *config, export_spans *todo,
                               export_sums *sums, cihsm_error *err)
{
    CIHSM_AUTO(engine_end)
    engine of = {
        .config = config,
        .transport = http_patience_transport(config->patience),
        .todo = todo,
        .is_whole_left = todo == NULL,
        .lane_count = todo == NULL ? 1 : config->concurrency + EXPORT_WRITERS,
        .sums = sums,
    };
    for (size_t i = 0; i < of.lane_count; i++) {
        http_exchange_init(&of.lanes[i].exchange, config->page_max);
    }
    CIHSM_TRY(export_writers_start(config->style, &of.transport, &of.writers, err));
    CIHSM_TRY(work(&of, err));
    sums->left_out += export_writers_left_out(of.writers);
    tell_progress(&of, true);
    return CIHSM_OK;
}
