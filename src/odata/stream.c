/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/stream.h"

#include <string.h>

#include "base/error.h"
#include "odata/error.h"
#include "odata/media.h"

#define WAIT_MS 1000 /* how long a server may be silent is for the transport to say */
#define ENVELOPE_MAX ((size_t)1 << 20)

void odata_stream_init(odata_stream *stream, const http_transport *transport, size_t max)
{
    *stream = (odata_stream){.transport = *transport, .framer = odata_framer_new(ENVELOPE_MAX)};
    http_exchange_init(&stream->exchange, max);
}

void odata_stream_stop(odata_stream *stream)
{
    if (stream->exchange.carrier != NULL) {
        stream->transport.cancel(stream->transport.context, &stream->exchange);
    }
}

void odata_stream_free(odata_stream *stream)
{
    odata_stream_stop(stream);
    http_exchange_free(&stream->exchange);
    odata_framer_free(&stream->framer);
}

static bool is_complete(const http_exchange *exchange)
{
    return exchange->is_done && exchange->failure.status == CIHSM_OK;
}

/* Waits for the head, for more of the body or for the end. */
static cihsm_status wait_for_news(odata_stream *stream, cihsm_error *err)
{
    http_exchange *exchange = &stream->exchange;
    const bool had_head = exchange->has_head;
    const size_t len = exchange->response.body.len;
    while (!exchange->is_done && exchange->has_head == had_head &&
           exchange->response.body.len == len) {
        CIHSM_TRY(stream->transport.wait(stream->transport.context, WAIT_MS, err));
    }
    const size_t more = exchange->response.body.len - len;
    stream->bytes += more;
    if (exchange->is_done && more == 0 && !is_complete(exchange)) {
        const cihsm_error *failure = &exchange->failure;
        return cihsm_fail(err, failure->status, failure->origin, failure->native, "%s",
                          failure->message);
    }
    return CIHSM_OK;
}

static cihsm_status read_whole(odata_stream *stream, cihsm_error *err)
{
    while (!is_complete(&stream->exchange)) {
        CIHSM_TRY(wait_for_news(stream, err));
    }
    return CIHSM_OK;
}

/* Takes the text that was framed out of the body. */
static void drop(odata_stream *stream)
{
    buffer *body = &stream->exchange.response.body;
    const size_t gone = odata_framer_drop(&stream->framer);
    if (gone > 0) {
        body->len -= gone;
        memmove(body->data, body->data + gone, body->len + 1);
    }
}

/* The next entry; text NULL: all that arrived is framed, or the answer is no list. */
static cihsm_status frame(odata_stream *stream, odata_span *entry, cihsm_error *err)
{
    const buffer *body = &stream->exchange.response.body;
    return odata_framer_next(&stream->framer, buffer_text(body), body->len, entry, err);
}

static bool is_json_list_possible(const http_response *response)
{
    return odata_is_success(response->status) && response->content_type != NULL &&
           odata_media_of(response) == ODATA_MEDIA_JSON;
}

/* By its place: other requests of the transport may bring more of this body, too. */
static void keep_ahead(odata_stream *stream, odata_span entry)
{
    if (entry.text != NULL) {
        stream->ahead_at = (size_t)(entry.text - buffer_text(&stream->exchange.response.body));
        stream->ahead_len = entry.len;
    }
}

static odata_span take_ahead(odata_stream *stream)
{
    const size_t len = stream->ahead_len;
    stream->ahead_len = 0;
    if (len == 0) {
        return (odata_span){0};
    }
    return (odata_span){buffer_text(&stream->exchange.response.body) + stream->ahead_at, len};
}

cihsm_status odata_stream_open(odata_stream *stream, const http_request *request, cihsm_error *err)
{
    http_exchange *exchange = &stream->exchange;
    CIHSM_TRY(stream->transport.start(stream->transport.context, request, exchange, err));
    while (!exchange->has_head && !is_complete(exchange)) {
        CIHSM_TRY(wait_for_news(stream, err));
    }
    if (!is_json_list_possible(&exchange->response)) {
        return read_whole(stream, err);
    }
    for (;;) {
        odata_span first = {0};
        CIHSM_TRY(frame(stream, &first, err));
        if (stream->framer.is_list) {
            keep_ahead(stream, first);
            stream->is_list = true;
            return CIHSM_OK;
        }
        if (stream->framer.is_other || exchange->is_done) {
            return read_whole(stream, err);
        }
        CIHSM_TRY(wait_for_news(stream, err));
    }
}

/* Puts the envelope in the place of what is left of the body. */
static cihsm_status finish(odata_stream *stream, cihsm_error *err)
{
    buffer *body = &stream->exchange.response.body;
    CIHSM_TRY(odata_framer_end(&stream->framer, buffer_text(body), body->len, err));
    const buffer rest = *body;
    *body = stream->framer.envelope;
    stream->framer.envelope = rest;
    return CIHSM_OK;
}

cihsm_status odata_stream_next(odata_stream *stream, odata_span *entry, cihsm_error *err)
{
    *entry = take_ahead(stream);
    while (entry->text == NULL) {
        CIHSM_TRY(frame(stream, entry, err));
        if (entry->text != NULL) {
            return CIHSM_OK;
        }
        if (is_complete(&stream->exchange)) {
            return finish(stream, err);
        }
        drop(stream);
        CIHSM_TRY(wait_for_news(stream, err));
    }
    return CIHSM_OK;
}
