/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS client and a server of one process, joined by memory. For the tests of tls and provider.
 */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "unit/tls/pki.h"

/** Server with its certificate that trusts the root; asks for a client certificate if @p ask. */
SSL_CTX *pair_server_ctx(const pki *of, int version, bool ask, bool require);

/** Lets the server accept these signature algorithms of a client only. */
void pair_limit_sigalgs(SSL_CTX *server, const char *list);

/** Client that trusts the root and verifies. @param version  the only one, 0: any */
SSL_CTX *pair_client_ctx(const pki *of, int version);

typedef struct pair {
    SSL *client, *server;
} pair;

/** @param server_name  sent by the client; NULL: none. @param session  to resume; NULL: none */
pair pair_new(SSL_CTX *client, SSL_CTX *server, const char *server_name, SSL_SESSION *session);
void pair_free(pair *of);

/** Ends it in an orderly way; otherwise its session cannot be resumed. */
void pair_close(pair *of);

/** True if both sides finished and one byte went each way (TLS 1.3 refuses the client late). */
bool pair_connect(pair *of);

#endif
