/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transport - the seam between those who ask (odata, auth, btp) and what carries a request.
 */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

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

/** Owned by the caller; http_response_init once, may be used for many requests, then _free. */
typedef struct http_response {
    long status;        /**< HTTP status */
    buffer body;        /**< decoded; its maximum was given at init */
    char *content_type; /**< value of the header; NULL if absent */
    char *location;     /**< value of the header; NULL if absent */
    char *csrf_token;   /**< value of x-csrf-token; NULL if absent */
    long retry_after_s; /**< seconds, 0 if absent */
    int64_t total_us;   /**< time of the whole request */
} http_response;

void http_response_init(http_response *response, size_t body_max);
void http_response_free(http_response *response);

/**
 * A table of functions. send fails only when there is no complete HTTP answer; any HTTP status is
 * a success here.
 */
typedef struct http_transport {
    cihsm_status (*send)(void *context, const http_request *request, http_response *response,
                         cihsm_error *err);
    void *context;
} http_transport;

#endif
