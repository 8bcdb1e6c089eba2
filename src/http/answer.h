/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/answer - takes an answer from a curl handle into an http_response, within limits.
 * Lives as long as one request; borrows the response.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <curl/curl.h>

#include "http/transport.h"

typedef struct http_answer {
    http_response *response;
    const char *host;    /**< for messages */
    size_t body_max;     /**< bytes, decoded */
    size_t header_bytes; /**< so far */
    cihsm_error failure; /**< why a callback ended the transfer; first to be looked at */
} http_answer;

/** Empties the response and makes the handle write into it. */
CIHSM_NODISCARD cihsm_status http_answer_begin(http_answer *answer, CURL *easy, cihsm_error *err);

/** After a transfer that succeeded: status and header fields. */
CIHSM_NODISCARD cihsm_status http_answer_finish(http_answer *answer, CURL *easy, cihsm_error *err);

#endif
