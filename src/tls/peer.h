/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/peer - reads out of a handshake what the peer asked for. Borrows everything.
 * For use in the certificate callback, when the CertificateRequest has been read.
 */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include <openssl/ssl.h>

#include "tls/identity.h"
#include "tls/watch.h"

/** Fills the ca_* fields and issuer_is_listed. @param identity  NULL: none is configured */
void tls_peer_read_issuers(const SSL *ssl, const tls_identity *identity, tls_watch *watch);

/** True if the peer accepts a signature that the key of the identity can make. */
bool tls_peer_accepts_key(SSL *ssl, const tls_identity *identity);

/** True if the server name of this connection is @p host (NULL: none is expected). */
bool tls_peer_is_host(const SSL *ssl, const char *host);

#endif
