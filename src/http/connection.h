/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/connection - what one TLS connection of a client showed, from before its handshake on.
 * Held by the connection's SSL_CTX and by every transfer that uses it; gone with the last of them.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "http/trust.h"
#include "tls/identity.h"
#include "tls/watch.h"

typedef struct http_connection {
    tls_watch watch;
    http_trust trust;
    unsigned holders;
} http_connection;

/**
 * Prepares the SSL_CTX of a new connection: policy, identity, trust and a watch over all of it.
 *
 * @param identity  NULL: none; references are taken
 * @param host      server name of the connection
 * @param out       yours; http_connection_release
 *
 * @retval others  as for tls_policy_apply and http_trust_apply
 */
CIHSM_NODISCARD cihsm_status http_connection_begin(SSL_CTX *ctx, const tls_identity *identity,
                                                   const char *host, http_connection **out,
                                                   cihsm_error *err);

/** @return the connection that a handle's transfer has now (http_connection_release); NULL: none
 *          that was prepared here. */
http_connection *http_connection_of(CURL *easy);

/** Sets *connection to NULL. NULL is fine. */
void http_connection_release(http_connection **connection);

#endif
