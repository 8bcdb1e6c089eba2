/* SPDX-License-Identifier: Apache-2.0 */
#include "http/patience.h"

#include "base/error.h"
#include "http/attempt.h"
#include "http/patience_exchange.h"

void http_patience_init(http_patience *of, const http_patience_config *config)
{
    *of = (http_patience){.config = *config, .random = config->seed};
}

void http_patience_free(http_patience *of)
{
    while (of->flights != NULL) {
        http_flight *gone = http_flight_take(&of->flights, of->flights->exchange);
        http_flight_free(&gone);
    }
}

static cihsm_status wait_for_turn(http_patience *of, const http_rate *rate,
                                  const http_attempts *attempts, cihsm_error *err)
{
    int64_t delay_ms = 0;
    while ((delay_ms = http_attempt_turn(of, rate, delay_ms > 0)) > 0) {
        CIHSM_TRY(http_attempt_pause(of, attempts, delay_ms, err));
    }
    return CIHSM_OK;
}

cihsm_status http_patience_wait(http_patience *of, const http_rate *rate, cihsm_error *err)
{
    return wait_for_turn(of, rate, NULL, err);
}

static cihsm_status send_once(http_patience *of, const http_request *request,
                              http_response *response, cihsm_error *failure)
{
    const http_transport *below = &of->config.below;
    response->was_sent = false; /* a failure may come before the response is touched */
    response->is_final = false;
    patience_exchange_reveal(of);
    const cihsm_status status = below->send(below->context, request, response, failure);
    patience_exchange_review(of); /* the others went on meanwhile */
    return status;
}

static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    http_patience *of = context;
    const http_rate rate = http_attempt_rate(of, request->url);
    CIHSM_TRY(wait_for_turn(of, &rate, NULL, err));
    http_attempts attempts = http_attempts_begin(of, request->method);
    for (;;) {
        cihsm_error failure = {0};
        const cihsm_status status = send_once(of, request, response, &failure);
        const http_advice advice =
            http_attempt_judge(of, &attempts, request->url, response, &failure);
        if (advice.verdict != HTTP_AGAIN) {
            return status == CIHSM_OK ? CIHSM_OK
                                      : cihsm_fail(err, status, failure.origin, failure.native,
                                                   "%s", failure.message);
        }
        CIHSM_TRY(http_attempt_pause(of, &attempts, advice.delay_ms, err));
        CIHSM_TRY(wait_for_turn(of, &rate, &attempts, err));
    }
}

http_transport http_patience_transport(http_patience *of)
{
    return (http_transport){.send = send_request,
                            .start = patience_exchange_start,
                            .wait = patience_exchange_wait,
                            .cancel = patience_exchange_cancel,
                            .wake = patience_exchange_wake,
                            .context = of};
}
