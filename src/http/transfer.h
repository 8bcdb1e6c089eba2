/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transfer - one request of a client on a curl handle of its own, from its begin to its end.
 * The handle is used again for later requests. Who carries the bytes is no matter of this file.
 */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/answer.h"
#include "http/client.h"
#include "http/connection.h"
#include "http/settings.h"

/** What all transfers of one client use; the client's. */
typedef struct http_common {
    const tls_identity *identity; /**< borrowed */
    const cihsm_log *log;         /**< borrowed */
    http_settings settings;
    CURLSH *share; /**< cookies; never those of another client */
    bool watch_proxy;
    http_cause cause;
    tls_watch watch;  /**< of the connection in use */
    http_facts facts; /**< of the last request that ended */
} http_common;

/** What bounds the time of a transfer, once its request is under way. */
typedef enum http_bound {
    HTTP_BOUNDS_WHOLE,  /**< timeout_ms, from begin to end */
    HTTP_BOUNDS_SILENCE /**< timeout_ms of being waited for without progress */
} http_bound;

typedef struct http_transfer {
    http_common *common;
    CURL *easy;
    char *method;
    char *url; /**< normalised */
    struct curl_slist *headers;
    http_bound bound;
    http_answer answer;
    http_connection *connection; /**< NULL: none yet */
    http_facts facts;
    char detail[CURL_ERROR_SIZE];
    int64_t silent_us;          /**< waited for without progress */
    bool has_begun_connection;  /**< and not found one to use */
    bool is_ready;              /**< connection and TLS stand: a part of the request may be out */
    bool is_unproved;           /**< ended because our certificate was asked for and not used */
    struct http_transfer *next; /**< of the client's list */
} http_transfer;

/** @param common  must outlive the transfer */
CIHSM_NODISCARD cihsm_status http_transfer_new(http_common *common, http_transfer **out,
                                               cihsm_error *err);

/**
 * Readies the handle for a request; @p request is borrowed for the call.
 *
 * @retval CIHSM_E_ARGUMENT  the URL is of another origin, or a header would break the request
 */
CIHSM_NODISCARD cihsm_status http_transfer_begin(http_transfer *of, const http_request *request,
                                                 http_bound bound, http_exchange *exchange,
                                                 cihsm_error *err);

/** Counts a time in which it was waited for. @return the time it may go on without progress, in us;
 *          0: it is over. */
int64_t http_transfer_waited(http_transfer *of, int64_t waited_us);

/** Writes the end into the exchange, and into log, facts and watch of the client. */
void http_transfer_end(http_transfer *of, CURLcode code);

/** False if the handle may hold a TLS session that must not be resumed: free it. */
bool http_transfer_is_reusable(const http_transfer *of);

/** Sets *of to NULL. NULL is fine. */
void http_transfer_free(http_transfer **of);

#endif
