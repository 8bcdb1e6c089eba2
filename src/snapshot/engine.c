/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/engine.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/snapshot.h"
#include "http/attempt.h"
#include "odata/error.h"
#include "odata/uri.h"

#define WAIT_MS 100 /* how often progress is told at least */

/* One request at a time for one job after the other. */
typedef struct lane {
    bool is_busy;
    bool is_waiting; /* for due_us, to be started again */
    size_t job;
    char path[CIHSM_PATH_SIZE];
    char *url;
    http_exchange exchange;
    http_attempts attempts;
    int64_t due_us; /* by the patience's clock */
} lane;

typedef struct engine {
    const snapshot_engine *config;
    const snapshot_work *work;
    http_transport transport;
    lane lanes[CIHSM_SNAPSHOT_CONCURRENCY_MAX];
    size_t next; /* job */
    size_t done;
} engine;

static int64_t now_us(const engine *of)
{
    return clock_now_us(&of->config->patience->config.clock);
}

static void renew(const engine *of, lane *at)
{
    http_exchange_free(&at->exchange);
    http_exchange_init(&at->exchange, odata_service_response_max(of->config->service));
}

static bool is_value(const char *path)
{
    static const char VALUE[] = "/$value";
    const size_t tail = sizeof VALUE - 1;
    const size_t len = strlen(path);
    return len > tail && strcmp(path + len - tail, VALUE) == 0;
}

static cihsm_status start(engine *of, lane *at, cihsm_error *err)
{
    const http_header headers[] = {
        {"Accept", is_value(at->path) ? "*/*" : "application/json"},
        {"DataServiceVersion", "2.0"},
        {"MaxDataServiceVersion", "2.0"},
    };
    const http_request request = {.method = "GET",
                                  .url = at->url,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers};
    renew(of, at);
    at->is_waiting = false;
    return of->transport.start(of->transport.context, &request, &at->exchange, err);
}

static void end(engine *of, lane *at)
{
    renew(of, at);
    text_free(&at->url);
    at->is_busy = false;
    of->done++;
}

/* What keeps a request from starting keeps all from it. */
static cihsm_status begin(engine *of, lane *at, size_t job, cihsm_error *err)
{
    CIHSM_TRY(of->work->ask(of->work->user, job, at->path, err));
    if (*at->path == '\0') {
        of->done++;
        return CIHSM_OK;
    }
    CIHSM_TRY(odata_uri_build(of->config->service->root, at->path, NULL, &at->url, err));
    at->job = job;
    at->is_busy = true;
    at->attempts = http_attempts_begin(of->config->patience, "GET");
    return start(of, at, err);
}

static cihsm_status fill(engine *of, cihsm_error *err)
{
    for (size_t i = 0; i < of->config->concurrency; i++) {
        lane *at = &of->lanes[i];
        if (!at->is_busy && of->next < of->work->count) {
            CIHSM_TRY(begin(of, at, of->next++, err));
        }
        if (at->is_waiting && at->due_us <= now_us(of)) {
            CIHSM_TRY(start(of, at, err));
        }
    }
    return CIHSM_OK;
}

/* A job that needed no request leaves its lane to another one at once. */
static long wait_ms(const engine *of)
{
    for (size_t i = 0; i < of->config->concurrency; i++) {
        if (!of->lanes[i].is_busy && of->next < of->work->count) {
            return 0;
        }
    }
    return WAIT_MS;
}

/* The transport repeats what fails before there is an answer; what was cut off in the middle is
 * asked for again here. */
static bool is_tried_again(const engine *of, lane *at)
{
    http_exchange *exchange = &at->exchange;
    if (!exchange->has_head || !odata_is_success(exchange->response.status)) {
        return false;
    }
    const http_advice advice = http_attempt_judge(of->config->patience, &at->attempts, at->url,
                                                  &exchange->response, &exchange->failure);
    if (advice.verdict != HTTP_AGAIN) {
        return false;
    }
    at->is_waiting = true;
    at->due_us = now_us(of) + advice.delay_ms * 1000;
    return true;
}

static cihsm_status settle(engine *of, lane *at, cihsm_error *err)
{
    const snapshot_work *work = of->work;
    const http_response *response = &at->exchange.response;
    if (at->exchange.failure.status != CIHSM_OK && is_tried_again(of, at)) {
        return CIHSM_OK;
    }
    cihsm_error why = at->exchange.failure;
    if (why.status == CIHSM_OK && !odata_is_success(response->status)) {
        (void)odata_fail(&of->config->service->hint, at->path, response, &why);
    }
    CIHSM_TRY(why.status == CIHSM_OK ? work->take(work->user, at->job, response, err)
                                     : work->fail(work->user, at->job, &why, err));
    end(of, at);
    return CIHSM_OK;
}

static cihsm_status settle_all(engine *of, cihsm_error *err)
{
    for (size_t i = 0; i < of->config->concurrency; i++) {
        lane *at = &of->lanes[i];
        if (at->is_busy && !at->is_waiting && at->exchange.is_done) {
            CIHSM_TRY(settle(of, at, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status work(engine *of, cihsm_error *err)
{
    for (;;) {
        CIHSM_TRY(fill(of, err));
        of->work->tell(of->work->user, of->done);
        if (of->done == of->work->count) {
            return CIHSM_OK;
        }
        CIHSM_TRY(of->transport.wait(of->transport.context, wait_ms(of), err));
        CIHSM_TRY(settle_all(of, err));
    }
    return CIHSM_OK;
}

static void engine_end(engine *of)
{
    for (size_t i = 0; i < of->config->concurrency; i++) {
        lane *at = &of->lanes[i];
        if (at->exchange.carrier != NULL) {
            of->transport.cancel(of->transport.context, &at->exchange);
        }
        http_exchange_free(&at->exchange);
        text_free(&at->url);
    }
}

cihsm_status snapshot_engine_run(const snapshot_engine *config, const snapshot_work *todo,
                                 cihsm_error *err)
{
    CIHSM_AUTO(engine_end)
    engine of = {
        .config = config, .work = todo, .transport = http_patience_transport(config->patience)};
    for (size_t i = 0; i < config->concurrency; i++) {
        http_exchange_init(&of.lanes[i].exchange, odata_service_response_max(config->service));
    }
    return work(&of, err);
}
