/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/policy - what every TLS connection of this library has to keep to, applied to an SSL_CTX that
 * somebody else made (libcurl: CURLOPT_SSL_CTX_FUNCTION). Owns nothing after the call but a small
 * record that lives and dies with the SSL_CTX.
 *
 * Never touches the verification of the server: that is switched on elsewhere, for good.
 */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include <openssl/ssl.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "tls/identity.h"
#include "tls/watch.h"

/**
 * TLS 1.2 at least, no renegotiation, no key log, our certificate with all its intermediates, and
 * callbacks that fill @p watch. The certificate goes to @p host only: on a connection with another
 * server name (a TLS proxy) it is taken out before the peer gets it.
 *
 * @param identity  NULL: no client certificate; references are taken, not needed afterwards
 * @param host      server name of the connection; NULL or an IP address: none is expected, so a
 *                  TLS proxy that is reached by address too cannot be told apart
 * @param watch     borrowed until @p ctx and all its connections are gone; starts a new record
 *
 * @retval CIHSM_E_CONFIG  libssl refuses the certificate or the key
 */
CIHSM_NODISCARD cihsm_status tls_policy_apply(SSL_CTX *ctx, const tls_identity *identity,
                                              const char *host, tls_watch *watch, cihsm_error *err);

#endif
