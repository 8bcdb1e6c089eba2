/* SPDX-License-Identifier: Apache-2.0 */
#include "http/patience_exchange.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "http/attempt.h"

static bool is_success(const http_exchange *exchange)
{
    return exchange->response.status / 100 == 2;
}

static void let_go(http_patience *of, const http_exchange *exchange)
{
    http_flight *gone = http_flight_take(&of->flights, exchange);
    http_flight_free(&gone);
}

/* To whoever looks it is in flight, without news. */
static void park(const http_patience *of, http_flight *flight, int64_t delay_ms)
{
    http_exchange *exchange = flight->exchange;
    buffer_clear(&exchange->response.body);
    exchange->has_head = false;
    exchange->is_done = false;
    exchange->failure = (cihsm_error){0};
    exchange->carrier = flight;
    flight->is_waiting = true;
    flight->is_hidden = false;
    flight->due_us = clock_now_us(&of->config.clock) + delay_ms * 1000;
    log_timed(of->config.log, CIHSM_PHASE_WAIT, delay_ms * 1000);
}

/* Parks it if there is another attempt. @return false: the end is final */
static bool is_tried_again(http_patience *of, http_flight *flight)
{
    http_exchange *exchange = flight->exchange;
    const http_advice advice = http_attempt_judge(of, &flight->attempts, flight->copy.url,
                                                  &exchange->response, &exchange->failure);
    if (advice.verdict != HTTP_AGAIN) {
        return false;
    }
    park(of, flight, advice.delay_ms);
    return true;
}

/* Hands it to the transport below, as soon as it is its turn. What fails is the exchange's end. */
static void launch(http_patience *of, http_flight *flight)
{
    const http_transport *below = &of->config.below;
    http_exchange *exchange = flight->exchange;
    const http_rate rate = http_attempt_rate(of, flight->copy.url);
    const int64_t delay_ms = http_attempt_turn(of, &rate, flight->is_waiting);
    if (delay_ms > 0) {
        park(of, flight, delay_ms);
        return;
    }
    if (flight->attempts.effort.attempts == 0) {
        flight->attempts = http_attempts_begin(of, flight->copy.request.method);
    }
    flight->is_waiting = false;
    exchange->carrier = NULL;
    exchange->response.was_sent = false;
    exchange->response.is_final = false;
    cihsm_error failure = {0};
    if (below->start(below->context, &flight->copy.request, exchange, &failure) != CIHSM_OK) {
        exchange->failure = failure;
        exchange->is_done = true;
    }
}

static void look_at(http_patience *of, http_flight *flight)
{
    http_exchange *exchange = flight->exchange;
    if (flight->is_waiting && clock_now_us(&of->config.clock) >= flight->due_us) {
        launch(of, flight);
    }
    if (flight->is_waiting) {
        return;
    }
    if (exchange->is_done) {
        if (!is_tried_again(of, flight)) {
            let_go(of, exchange);
        }
    } else if (exchange->has_head && is_success(exchange)) {
        let_go(of, exchange);
    } else if (exchange->has_head) {
        flight->is_hidden = true;
        exchange->has_head = false;
    }
}

void patience_exchange_review(http_patience *of)
{
    http_flight *next = NULL;
    for (http_flight *one = of->flights; one != NULL; one = next) {
        next = one->next;
        look_at(of, one);
    }
}

void patience_exchange_reveal(http_patience *of)
{
    for (http_flight *one = of->flights; one != NULL; one = one->next) {
        one->exchange->has_head = one->exchange->has_head || one->is_hidden;
        one->is_hidden = false;
    }
}

cihsm_status patience_exchange_start(void *context, const http_request *request,
                                     http_exchange *exchange, cihsm_error *err)
{
    http_patience *of = context;
    http_flight *flight = NULL;
    CIHSM_TRY(http_flight_new(request, exchange, &flight, err));
    http_flight_append(&of->flights, flight);
    launch(of, flight);
    if (!exchange->is_done || is_tried_again(of, flight)) {
        return CIHSM_OK;
    }
    let_go(of, exchange);
    const cihsm_error *failure = &exchange->failure;
    return cihsm_fail(err, failure->status, failure->origin, failure->native, "%s",
                      failure->message);
}

/* Until the first of those that wait is due. */
static long shortened(const http_patience *of, long timeout_ms)
{
    const int64_t now_us = clock_now_us(&of->config.clock);
    for (const http_flight *one = of->flights; one != NULL; one = one->next) {
        const int64_t left_us = one->due_us - now_us;
        if (one->is_waiting && left_us < (int64_t)timeout_ms * 1000) {
            timeout_ms = left_us > 0 ? (long)((left_us + 999) / 1000) : 0;
        }
    }
    return timeout_ms;
}

cihsm_status patience_exchange_wait(void *context, long timeout_ms, cihsm_error *err)
{
    http_patience *of = context;
    const http_transport *below = &of->config.below;
    const long shorter_ms = shortened(of, timeout_ms);
    patience_exchange_reveal(of);
    const cihsm_status status = below->wait(below->context, shorter_ms, err);
    patience_exchange_review(of);
    return status;
}

void patience_exchange_cancel(void *context, http_exchange *exchange)
{
    http_patience *of = context;
    const http_transport *below = &of->config.below;
    CIHSM_AUTO(http_flight_free)
    http_flight *flight = http_flight_take(&of->flights, exchange);
    if (flight != NULL && flight->is_waiting) {
        exchange->carrier = NULL;
    } else {
        below->cancel(below->context, exchange);
    }
}

void patience_exchange_wake(void *context)
{
    const http_transport *below = &((const http_patience *)context)->config.below;
    below->wake(below->context);
}
