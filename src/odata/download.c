/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/download.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/file_name.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/attempt.h"
#include "odata/error.h"
#include "odata/file_name.h"
#include "odata/media.h"
#include "odata/uri.h"

#define WAIT_MS 1000 /* how long a server may be silent is for the transport to say */
#define UNTAKEN_MAX ((size_t)64 << 20)
#define JUDGED_BY ((size_t)512) /* bytes, where there is no Content-Type */
#define NO_CONTENT 204

typedef struct download {
    const odata_service *service;
    const char *path;
    const cihsm_sink *sink;
    char *url;
    http_exchange exchange;
    bool is_begun;   /* by the sink, in this attempt */
    bool is_written; /* something was, in any attempt */
    bool has_broken; /* this attempt ended within the answer */
} download;

static void stop(download *of)
{
    const http_transport *transport = &of->service->transport;
    if (of->exchange.carrier != NULL) {
        transport->cancel(transport->context, &of->exchange);
    }
}

static void release(download *of)
{
    stop(of);
    http_exchange_free(&of->exchange);
    text_free(&of->url);
}

static cihsm_status start(download *of, cihsm_error *err)
{
    static const http_header HEADERS[] = {
        {"Accept", "*/*"},
        {"DataServiceVersion", "2.0"},
        {"MaxDataServiceVersion", "2.0"},
    };
    const http_request request = {
        .method = "GET",
        .url = of->url,
        .headers = HEADERS,
        .header_count = sizeof HEADERS / sizeof *HEADERS,
    };
    const http_transport *transport = &of->service->transport;
    of->is_begun = false;
    of->has_broken = false;
    return transport->start(transport->context, &request, &of->exchange, err);
}

static cihsm_status fail_as(const cihsm_error *failure, cihsm_error *err)
{
    return cihsm_fail(err, failure->status, failure->origin, failure->native, "%s",
                      failure->message);
}

/* Of an answer that is an error the whole is waited for: it says why. */
static bool is_ready(const download *of)
{
    const http_response *response = &of->exchange.response;
    const bool is_judged = of->is_begun || response->content_type != NULL;
    return of->exchange.is_done || (odata_is_success(response->status) &&
                                    response->body.len >= (is_judged ? 1 : JUDGED_BY));
}

static cihsm_status wait_for_bytes(download *of, cihsm_error *err)
{
    const http_transport *transport = &of->service->transport;
    const http_exchange *exchange = &of->exchange;
    while (!is_ready(of)) {
        CIHSM_TRY(transport->wait(transport->context, WAIT_MS, err));
    }
    if (exchange->is_done && exchange->failure.status != CIHSM_OK) {
        of->has_broken = exchange->has_head && odata_is_success(exchange->response.status);
        return fail_as(&exchange->failure, err);
    }
    return CIHSM_OK;
}

static cihsm_status check_answer(const download *of, cihsm_error *err)
{
    const http_response *response = &of->exchange.response;
    if (!odata_is_success(response->status)) {
        return odata_fail(&of->service->hint, of->path, response, err);
    }
    if (response->status == NO_CONTENT) {
        return cihsm_fail(err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, NO_CONTENT,
                          "204 from tenant: there is no content (%.120s), or not yet; try again "
                          "later",
                          of->path);
    }
    if (!of->sink->is_page_expected && odata_media_of(response) == ODATA_MEDIA_HTML) {
        return cihsm_fail(
            err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, (unsigned long)response->status,
            "%ld from tenant with an HTML page, perhaps a login page; check that the url "
            "of the service key is the API host of plan api, or give --unchecked if "
            "the value is a page",
            response->status);
    }
    return CIHSM_OK;
}

static cihsm_status begin(download *of, cihsm_error *err)
{
    char name[FILE_NAME_SIZE];
    const http_response *response = &of->exchange.response;
    CIHSM_TRY(check_answer(of, err));
    CIHSM_TRY(odata_file_name(response, of->path, name, err));
    const cihsm_media media = {.content_type = response->content_type, .name = name};
    CIHSM_TRY(of->sink->begin(of->sink->user, &media, err));
    of->is_begun = true;
    return CIHSM_OK;
}

static cihsm_status hand_over(download *of, cihsm_error *err)
{
    buffer *body = &of->exchange.response.body;
    if (body->len == 0) {
        return CIHSM_OK;
    }
    of->is_written = true;
    CIHSM_TRY(of->sink->write(of->sink->user, body->data, body->len, err));
    buffer_clear(body);
    return CIHSM_OK;
}

/* One attempt from its start to its end. */
static cihsm_status carry(download *of, cihsm_error *err)
{
    CIHSM_TRY(start(of, err));
    do {
        CIHSM_TRY(wait_for_bytes(of, err));
        if (!of->is_begun) {
            CIHSM_TRY(begin(of, err));
        }
        CIHSM_TRY(hand_over(of, err));
    } while (!of->exchange.is_done);
    return CIHSM_OK;
}

static bool may_restart(const download *of)
{
    return of->has_broken && (of->sink->is_restartable || !of->is_written);
}

cihsm_status odata_download(const odata_service *service, http_patience *patience, const char *path,
                            const cihsm_query *query, const cihsm_sink *sink, cihsm_error *err)
{
    CIHSM_AUTO(release) download of = {.service = service, .path = path, .sink = sink};
    http_exchange_init(&of.exchange, UNTAKEN_MAX);
    CIHSM_TRY(odata_uri_build(service->root, path, query, &of.url, err));
    http_attempts attempts = {0};
    for (;;) {
        cihsm_error failure = {0};
        if (carry(&of, &failure) == CIHSM_OK) {
            return CIHSM_OK;
        }
        stop(&of);
        if (!may_restart(&of)) {
            return fail_as(&failure, err);
        }
        if (attempts.effort.attempts == 0) { /* the time in which all went well does not count */
            attempts = http_attempts_begin(patience, "GET");
        }
        const http_advice advice =
            http_attempt_judge(patience, &attempts, of.url, &of.exchange.response, &failure);
        if (advice.verdict != HTTP_AGAIN) {
            return fail_as(&failure, err);
        }
        CIHSM_TRY(http_attempt_pause(patience, &attempts, advice.delay_ms, err));
    }
}
