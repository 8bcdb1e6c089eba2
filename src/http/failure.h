/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/failure - what a failed transfer means for the person who typed the command.
 * Knows (CURLcode, phase, alert) and nothing of handles, so that a table can test it.
 */
#ifndef HTTP_FAILURE_H
#define HTTP_FAILURE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "cihsm/error.h"

/** Borrowed for the call. No string may be NULL except ca_file. */
typedef struct http_failure {
    CURLcode code;
    const char *host;    /**< "host" or "host:port" of the request */
    const char *detail;  /**< libcurl's words, may be empty */
    const char *ca_file; /**< roots given for the server; NULL: the system's */
    const char *issuer;  /**< of the server certificate that was not accepted, or "" */
    const char *asked;   /**< tls_watch_explain */
    int verify_error;    /**< X509_V_ERR_* of the server's chain; X509_V_OK: accepted */
    int alert;           /**< TLS alert received, 0: none */
    int os_error;        /**< errno of a failed connect, or 0 */
    long proxy_status;   /**< of the last CONNECT, or 0 */
    bool is_unresolved;  /**< the address of the host, or of a proxy, was not known yet */
    bool is_connected;   /**< TCP (and a proxy's tunnel) was there, TLS begun */
    bool is_ready;       /**< TLS too: a part of the request may have gone out */
    bool is_write;       /**< the method changes something: its outcome matters */
    bool bounds_silence; /**< timeout_ms is without progress, not for the whole request */
    long connect_timeout_ms;
    long timeout_ms;
} http_failure;

/** Fills @p err and returns its status; never CIHSM_OK. */
cihsm_status http_failure_explain(const http_failure *failure, cihsm_error *err);

#endif
