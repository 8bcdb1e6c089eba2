/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/answer - takes an answer from a curl handle into an http_exchange while it arrives, within
 * limits. Lives as long as one request; borrows the exchange.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <curl/curl.h>

#include "http/transport.h"

typedef struct http_answer {
    CURL *easy;
    http_exchange *exchange;
    const char *host;    /**< for messages */
    size_t body_max;     /**< bytes, decoded, that are not taken yet */
    size_t header_bytes; /**< so far */
    size_t body_bytes;   /**< so far */
    bool has_head;       /**< as in the exchange, where others may hide it */
    size_t step_bytes;   /**< of the body, since the last progress */
    bool has_news;       /**< something arrived; reset by whoever asks */
    bool has_progress;   /**< the whole head, or enough of the body that it will end; likewise */
    cihsm_error failure; /**< why a callback ended the transfer; first to be looked at */
} http_answer;

/** Empties the exchange and makes the handle write into it. */
CIHSM_NODISCARD cihsm_status http_answer_begin(http_answer *answer, cihsm_error *err);

#endif
