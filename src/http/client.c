/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "http/global.h"
#include "http/retry.h"
#include "http/transfer.h"

/* With a server of HTTP/1.1 each request at a time has one; each cost a signature. */
#define IDLE_CONNECTIONS_MAX 32L
#define ROUND_MAX_MS 60000L /* libcurl's own timers come before */

struct http_client {
    http_common common;
    const cihsm_cancel *cancel; /* borrowed; may be NULL */
    CURLM *multi;
    http_transfer *active;
    http_transfer *idle; /* the one used last comes first: its TLS sessions are the newest */
    bool has_news;       /* of an exchange, since the last wait */
    atomic_bool is_woken;
};

static cihsm_status fail_multi(CURLMcode code, cihsm_error *err)
{
    return code == CURLM_OUT_OF_MEMORY
               ? cihsm_fail_memory(err)
               : cihsm_fail_plain(err, CIHSM_E_INTERNAL, "libcurl cannot carry requests: %s",
                                  curl_multi_strerror(code));
}

static cihsm_status open_multi(http_client *client, cihsm_error *err)
{
    client->multi = curl_multi_init();
    client->common.share = curl_share_init();
    if (client->multi == NULL || client->common.share == NULL ||
        curl_share_setopt(client->common.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) !=
            CURLSHE_OK) {
        return cihsm_fail_memory(err);
    }
    CURLMcode code = curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    if (code == CURLM_OK) {
        code = curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX);
    }
    return code == CURLM_OK ? CIHSM_OK : fail_multi(code, err);
}

cihsm_status http_client_new(const http_client_config *config, http_client **out, cihsm_error *err)
{
    CIHSM_TRY(http_global_start(err));
    CIHSM_AUTO(http_client_free) http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return cihsm_fail_memory(err);
    }
    client->common.identity = config->identity;
    client->common.log = config->log;
    client->common.watch_proxy = config->watch_proxy;
    client->common.cause = config->cause;
    client->cancel = config->cancel;
    CIHSM_TRY(http_settings_take(&client->common.settings, config, err));
    CIHSM_TRY(open_multi(client, err));
    *out = CIHSM_MOVE(client);
    return CIHSM_OK;
}

/* --- transfers ---------------------------------------------------------------------------- */

static cihsm_status take_idle(http_client *client, http_transfer **out, cihsm_error *err)
{
    if (client->idle == NULL) {
        return http_transfer_new(&client->common, out, err);
    }
    *out = client->idle;
    client->idle = (*out)->next;
    (*out)->next = NULL;
    return CIHSM_OK;
}

static cihsm_status begin(http_client *client, const http_request *request, http_bound bound,
                          http_exchange *exchange, cihsm_error *err)
{
    CIHSM_AUTO(http_transfer_free) http_transfer *taken = NULL;
    CIHSM_TRY(cancel_check(client->cancel, "nothing was sent", err));
    CIHSM_TRY(take_idle(client, &taken, err));
    CIHSM_TRY(http_transfer_begin(taken, request, bound, exchange, err));
    const CURLMcode code = curl_multi_add_handle(client->multi, taken->easy);
    if (code != CURLM_OK) {
        return fail_multi(code, err);
    }
    exchange->carrier = taken;
    taken->next = client->active;
    client->active = CIHSM_MOVE(taken);
    return CIHSM_OK;
}

/* Takes it out of the active ones; its connection stays open if it can. */
static void put_down(http_client *client, http_transfer *transfer)
{
    http_transfer **at = &client->active;
    while (*at != transfer) {
        at = &(*at)->next;
    }
    *at = transfer->next;
    curl_multi_remove_handle(client->multi, transfer->easy);
    if (!http_transfer_is_reusable(transfer)) {
        http_transfer_free(&transfer);
        return;
    }
    transfer->next = client->idle;
    client->idle = transfer;
}

static void end(http_client *client, http_transfer *transfer, CURLcode code)
{
    client->has_news |= transfer->bound == HTTP_BOUNDS_SILENCE;
    http_transfer_end(transfer, code);
    put_down(client, transfer);
}

static void end_completed(http_client *client)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(client->multi, &left);
    while (message != NULL) {
        void *transfer = NULL;
        const CURLcode code = message->data.result; /* gone with the handle */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end(client, transfer, code);
        message = curl_multi_info_read(client->multi, &left);
    }
}

/* Looks at what arrived, and ends those whose server was silent for too long. */
static void judge_progress(http_client *client, int64_t waited_us)
{
    http_transfer *next = NULL;
    for (http_transfer *one = client->active; one != NULL; one = next) {
        next = one->next;
        const int64_t left_us = http_transfer_waited(one, waited_us);
        client->has_news |= one->answer.has_news && one->bound == HTTP_BOUNDS_SILENCE;
        one->answer.has_news = false;
        one->answer.has_progress = false;
        if (left_us == 0) {
            end(client, one, CURLE_OPERATION_TIMEDOUT);
        }
    }
}

static int64_t shortest_patience_us(const http_client *client, int64_t most_us)
{
    for (http_transfer *one = client->active; one != NULL; one = one->next) {
        const int64_t left_us = http_transfer_waited(one, 0);
        most_us = left_us < most_us ? left_us : most_us;
    }
    return most_us;
}

/* Until bytes, a wake, the end of the time or a cancel. */
static CURLMcode poll_all(http_client *client, int timeout_ms)
{
    struct curl_waitfd ended = {.fd = -1, .events = CURL_WAIT_POLLIN};
    if (client->cancel == NULL) {
        return curl_multi_poll(client->multi, NULL, 0, timeout_ms, NULL);
    }
    ended.fd = cihsm_cancel_descriptor(client->cancel);
    return curl_multi_poll(client->multi, &ended, 1, timeout_ms, NULL);
}

/* Waits until something can be done, and does it. Only the wait counts as silence: a signature by
 * the token may take seconds. */
static cihsm_status carry_on(http_client *client, int64_t timeout_ms, cihsm_error *err)
{
    const int64_t most_us = (timeout_ms < ROUND_MAX_MS ? timeout_ms : ROUND_MAX_MS) * 1000;
    const int64_t begun_us = log_clock_us();
    const int rounded_ms = (int)((shortest_patience_us(client, most_us) + 999) / 1000);
    CURLMcode code = poll_all(client, rounded_ms);
    const int64_t waited_us = log_clock_us() - begun_us;
    int running = 0;
    if (code == CURLM_OK) {
        code = curl_multi_perform(client->multi, &running);
    }
    end_completed(client);
    judge_progress(client, waited_us);
    return code == CURLM_OK ? CIHSM_OK : fail_multi(code, err);
}

/* --- the seam ----------------------------------------------------------------------------- */

static void cancel(void *context, http_exchange *exchange)
{
    http_transfer *transfer = exchange->carrier;
    exchange->carrier = NULL;
    if (transfer != NULL) {
        exchange->response.was_sent = transfer->is_ready;
        put_down(context, transfer);
    }
}

/* What became of a write that is out nobody can know. */
static cihsm_status check_going_on(const http_client *client, const http_exchange *exchange,
                                   cihsm_error *err)
{
    const http_transfer *transfer = exchange->carrier;
    const char *state = !transfer->is_ready ? "nothing was sent"
                        : http_is_safe(transfer->method)
                            ? "the answer was not complete"
                            : "the write was sent, and whether it was done is unknown";
    return cancel_check(client->cancel, state, err);
}

static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    http_client *client = context;
    http_exchange exchange = {.response = *response};
    cihsm_status status = begin(client, request, HTTP_BOUNDS_WHOLE, &exchange, err);
    while (status == CIHSM_OK && !exchange.is_done) {
        status = carry_on(client, ROUND_MAX_MS, err);
        if (status == CIHSM_OK && !exchange.is_done) {
            status = check_going_on(client, &exchange, err);
        }
    }
    cancel(client, &exchange);
    *response = exchange.response;
    CIHSM_TRY(status);
    const cihsm_error *failure = &exchange.failure;
    return failure->status == CIHSM_OK ? CIHSM_OK
                                       : cihsm_fail(err, failure->status, failure->origin,
                                                    failure->native, "%s", failure->message);
}

static cihsm_status start(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err)
{
    if (strcmp(request->method, "GET") != 0) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "only a GET can be read as it arrives");
    }
    return begin(context, request, HTTP_BOUNDS_SILENCE, exchange, err);
}

static cihsm_status wait_for_news(void *context, long timeout_ms, cihsm_error *err)
{
    http_client *client = context;
    const int64_t until_us = log_clock_us() + (int64_t)timeout_ms * 1000;
    int64_t left_us = (int64_t)timeout_ms * 1000;
    do {
        CIHSM_TRY(cancel_check(client->cancel, "the answer was not complete", err));
        if (!client->has_news && !atomic_load(&client->is_woken)) {
            CIHSM_TRY(carry_on(client, (left_us + 999) / 1000, err));
        }
        if (atomic_exchange(&client->is_woken, false) || client->has_news) {
            break;
        }
        left_us = until_us - log_clock_us();
    } while (left_us > 0);
    client->has_news = false;
    return CIHSM_OK;
}

static void wake(void *context)
{
    http_client *client = context;
    atomic_store(&client->is_woken, true);
    curl_multi_wakeup(client->multi);
}

http_transport http_client_transport(http_client *client)
{
    return (http_transport){.send = send_request,
                            .start = start,
                            .wait = wait_for_news,
                            .cancel = cancel,
                            .wake = wake,
                            .context = client};
}

const tls_watch *http_client_watch(const http_client *client)
{
    return &client->common.watch;
}

const http_facts *http_client_facts(const http_client *client)
{
    return &client->common.facts;
}

static void close_all(http_client *client)
{
    while (client->active != NULL) {
        cancel(client, client->active->answer.exchange);
    }
    while (client->idle != NULL) {
        http_transfer *gone = client->idle;
        client->idle = gone->next;
        http_transfer_free(&gone);
    }
    curl_multi_cleanup(client->multi); /* connections */
    curl_share_cleanup(client->common.share);
}

void http_client_free(http_client **client)
{
    if (client == NULL || *client == NULL) {
        return;
    }
    close_all(*client);
    http_settings_free(&(*client)->common.settings);
    free(*client);
    *client = NULL;
}
