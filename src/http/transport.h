/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transport - the seam between those who ask (odata, auth, btp) and what carries a request.
 */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

typedef struct http_header {
    const char *name;
    const char *value;
} http_header;

/** Borrowed for the call. */
typedef struct http_request {
    const char *method; /**< "GET" */
    const char *url;    /**< absolute, encoded */
    const http_header *headers;
    size_t header_count;
    const void *body; /**< NULL: none */
    size_t body_len;  /**< bytes */
} http_request;

#define HTTP_NOTE_SIZE 128

/** Owned by the caller; http_response_init once, may be used for many requests, then _free. */
typedef struct http_response {
    long status;               /**< HTTP status */
    buffer body;               /**< decoded; its maximum was given at init */
    char *content_type;        /**< value of the header; NULL if absent */
    char *location;            /**< value of the header; NULL if absent */
    char *csrf_token;          /**< value of x-csrf-token; NULL if absent */
    char *disposition;         /**< value of content-disposition; NULL if absent */
    long retry_after_s;        /**< seconds, 0 if absent */
    int64_t total_us;          /**< time of the whole request */
    bool was_sent;             /**< a part of the request may have left, however it ended */
    bool is_final;             /**< it was not sent, and asking again is of no use: a proxy refuses,
                                    or the key of the client signed nothing */
    char note[HTTP_NOTE_SIZE]; /**< of a status that is no success: one clause about the attempts
                                    made, for the message; "": nothing to say (http/patience) */
} http_response;

void http_response_init(http_response *response, size_t body_max);
void http_response_free(http_response *response);

/**
 * One GET in flight and its answer, which is read while it arrives. The caller's; it stays in its
 * place until it is_done or was cancelled. http_exchange_init once, then start, then _free.
 */
typedef struct http_exchange {
    http_response response; /**< body: what arrived and was not taken yet; the reader clears it. Its
                                 maximum bounds what is not taken: give it 64 MiB or more, for one
                                 wait can bring 2 MiB of the wire, and many times that if they
                                 were compressed */
    bool has_head;          /**< status and headers are there */
    bool is_done;           /**< nothing more will come */
    cihsm_error failure;    /**< when is_done: why there is no complete answer (a part of it may be
                                 in response); status CIHSM_OK: it is complete */
    void *carrier;          /**< the transport's own; NULL when not in flight */
} http_exchange;

void http_exchange_init(http_exchange *exchange, size_t body_max);

/** Not while it is in flight: cancel it first. */
void http_exchange_free(http_exchange *exchange);

/**
 * A table of functions. send fails only when there is no complete HTTP answer; any HTTP status is
 * a success here.
 *
 * start, wait and cancel carry several GETs at once, over one connection where the server speaks
 * HTTP/2. They and send are called by one thread. A body whose bytes are not taken is never paused:
 * what bounds memory is the number of exchanges started.
 */
typedef struct http_transport {
    cihsm_status (*send)(void *context, const http_request *request, http_response *response,
                         cihsm_error *err);
    /** Starts a GET; @p request is borrowed for the call only. */
    cihsm_status (*start)(void *context, const http_request *request, http_exchange *exchange,
                          cihsm_error *err);
    /** Carries all that was started on; returns when one of them has news (head, bytes, end), when
     *  @p timeout_ms passed or after wake; sometimes earlier. A failure here ends no exchange. */
    cihsm_status (*wait)(void *context, long timeout_ms, cihsm_error *err);
    /** Ends an exchange before it is done. No effect on one that is not in flight. */
    void (*cancel)(void *context, http_exchange *exchange);
    /** Makes the wait in work, or the next one, return; may be called by any thread. */
    void (*wake)(void *context);
    void *context;
} http_transport;

#endif
