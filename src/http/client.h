/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/client - HTTPS to one origin with one identity.
 *
 * Owns curl handles with one connection cache, and TLS sessions and cookies, which no other client
 * ever sees: libcurl does not look at the client certificate when it takes up an old connection
 * again, so a shared cache would serve one identity as another. Requests at the same time share one
 * HTTP/2 connection, which costs one signature. Used by one thread at a time. Borrows identity and
 * log; both must outlive it.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/cancel.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "http/facts.h"
#include "http/transport.h"
#include "tls/identity.h"
#include "tls/watch.h"

/** Who knows more than TLS about a signature that was not made. */
typedef struct http_cause {
    /** @return false: nothing is known; NULL: nobody to be asked */
    bool (*tell)(void *user, cihsm_error *out);
    void *user;
} http_cause;

/** Strings are copied. Start with {0}. */
typedef struct http_client_config {
    const tls_identity *identity; /**< NULL: no client certificate */
    const char *origin;           /**< "https://host[:port]"; a path is ignored */
    const char *ca_file;          /**< PEM file of the only roots to trust; NULL: the system's */
    long connect_timeout_ms;      /**< TCP, proxy and TLS with its signature; 0: 10 s */
    long timeout_ms;              /**< send: whole request; start: time waited for without a byte
                                       of the answer, whatever its length; 0: 60 s */
    size_t response_max;          /**< bytes of one body (start: not taken yet); 0: only the
                                       response's own maximum */
    const char *user_agent;       /**< NULL: "cihsm/VERSION" */
    const cihsm_log *log;         /**< may be NULL */
    const cihsm_cancel *cancel;   /**< fails all by CIHSM_E_CANCELED; borrowed; may be NULL */
    bool watch_proxy;             /**< fill http_facts.proxy */
    http_cause cause;             /**< asked when a handshake failed for want of a signature */
} http_client_config;

typedef struct http_client http_client;

/**
 * No network yet.
 *
 * @retval CIHSM_E_USAGE   the origin is no https URL
 * @retval CIHSM_E_CONFIG  the CA file cannot be read or holds no certificate
 */
CIHSM_NODISCARD cihsm_status http_client_new(const http_client_config *config, http_client **out,
                                             cihsm_error *err);

/**
 * @return the seam for those who ask; valid as long as the client. Redirects are not followed.
 *         Statuses below are those of send, and of http_exchange.failure after start; start itself
 *         fails by CIHSM_E_ARGUMENT only, and if memory is out.
 *
 * @retval CIHSM_E_ARGUMENT  the URL is of another origin, or a header would break the request
 * @retval CIHSM_E_TLS       trust, host name, alert; or the server asked for our certificate and
 *                           libssl left it out: then no byte of the request was sent
 * @retval CIHSM_E_NETWORK, CIHSM_E_TIMEOUT
 * @retval CIHSM_E_CANCELED  the config's cancel was requested; of a write the message says whether
 *                           it may have been done
 * @retval CIHSM_E_LIMIT     more bytes than allowed, counted after decompression
 * @retval CIHSM_E_PROTOCOL  no HTTP
 */
http_transport http_client_transport(http_client *client);

/** @return what the TLS handshake of the connection in use showed; borrowed. All zero before the
 *          first request. */
const tls_watch *http_client_watch(const http_client *client);

/** @return what is known of the last request's way; borrowed. All zero before the first one. */
const http_facts *http_client_facts(const http_client *client);

/** Cancels what is in flight, closes connections, sets *client to NULL. NULL is fine. */
void http_client_free(http_client **client);

#endif
