/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/stream - one answer that is read while it arrives: a list entry by entry, all else whole.
 * Owns the exchange; borrows the transport.
 */
#ifndef ODATA_STREAM_H
#define ODATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "http/transport.h"
#include "odata/framer.h"

/** Start with odata_stream_init; it stays in its place until it is freed. */
typedef struct odata_stream {
    http_transport transport;
    http_exchange exchange;
    odata_framer framer;
    bool is_list;     /**< known after odata_stream_open */
    size_t bytes;     /**< of the body, taken so far */
    size_t ahead_at;  /* the first entry in the body, which may move: found when the kind was */
    size_t ahead_len; /* 0: it was taken, or none was there */
} odata_stream;

/** @param max  bytes of an answer that is no list; of a list, what may be kept at a time */
void odata_stream_init(odata_stream *stream, const http_transport *transport, size_t max);

/** Ends the exchange, if it still goes on; nothing more can be read. */
void odata_stream_stop(odata_stream *stream);

/** Stops and frees. */
void odata_stream_free(odata_stream *stream);

/**
 * Starts a GET and reads until it is clear what the answer is. No list, or a status that is no
 * success: the whole answer is in exchange.response.
 *
 * @retval CIHSM_E_LIMIT  more than the maximum; whatever start, wait and the exchange say
 */
CIHSM_NODISCARD cihsm_status odata_stream_open(odata_stream *stream, const http_request *request,
                                               cihsm_error *err);

/**
 * Gives the next entry of a list.
 *
 * @param entry  out: borrowed until the next call; text NULL: the list and its answer are complete,
 *               and the body of exchange.response is the answer without its entries
 * @retval CIHSM_E_PROTOCOL  the list is broken
 */
CIHSM_NODISCARD cihsm_status odata_stream_next(odata_stream *stream, odata_span *entry,
                                               cihsm_error *err);

#endif
