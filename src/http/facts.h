/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/facts - how far the last request of a client came and how long each step took, as libcurl
 * saw it. Plain data, no ownership.
 */
#ifndef HTTP_FACTS_H
#define HTTP_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "http/trust.h"

#define HTTP_PROXY_MAX 256 /**< bytes, NUL included */

/** Times count from the start of the request; 0: that step was not reached. */
typedef struct http_facts {
    int64_t resolved_us;    /**< host, or proxy, was known */
    int64_t connected_us;   /**< TCP with host, or proxy */
    int64_t secured_us;     /**< TLS with the host */
    int64_t done_us;        /**< the whole request, whatever its end */
    int64_t date_s;         /**< header Date of the answer, seconds since the epoch; 0: none */
    long proxy_status;      /**< a proxy's answer to CONNECT; 0: none */
    bool is_connected;      /**< TCP, and a proxy's tunnel: libcurl 7.88 tells no time of it if TLS
                                 fails */
    bool is_unknown_issuer; /**< the server's certificate was refused because of its issuer */
    char issuer[HTTP_TRUST_NAME_MAX]; /**< of the server's certificate; "": none was seen */
    char proxy[HTTP_PROXY_MAX]; /**< "host:port" of the proxy that libcurl chose, without its login,
                                     and the variable that named it; "": none. Only with
                                     http_client_config.watch_proxy */
} http_facts;

#endif
