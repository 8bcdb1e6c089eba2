/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/credentials - who the client is: service key, chain and the key that signs, put together
 * and checked before any network.
 *
 * Owns everything it holds. Free it after the HTTP client that uses its TLS identity.
 */
#ifndef CLIENT_CREDENTIALS_H
#define CLIENT_CREDENTIALS_H

#include "cihsm/client.h"
#include "client/clones.h"
#include "http/client.h"
#include "identity/chain.h"
#include "identity/service_key.h"
#include "provider/provider_key.h"
#include "tls/identity.h"

typedef struct credentials {
    cihsm_service_key *service_key;
    char *origin;          /* "https://host[:port]" */
    char *root;            /* "https://host[:port]/api/v1/" */
    cihsm_auth auth;       /* never CIHSM_AUTH_DEFAULT */
    const char *peer;      /* "host[:port]" that a handshake is signed for; borrowed */
    clones *clones;        /* External Certificate keys on a token */
    identity_chain *chain; /* NULL for ClientId/Secret keys, as the next two */
    provider_key *key;     /* NULL for a software key of the service key, too */
    tls_identity *tls;
} credentials;

/**
 * Chooses how to log in, and opens files, token and key as far as that needs them.
 *
 * @param own  the caller's signer; emptied when it is taken over; its sign is NULL: use the token
 */
CIHSM_NODISCARD cihsm_status credentials_open(const cihsm_client_config *config, cihsm_signer *own,
                                              credentials **out, cihsm_error *err);

/** Fills root and origin from the service key. @param path  names its file in messages */
CIHSM_NODISCARD cihsm_status credentials_set_root(credentials *of, const char *path,
                                                  cihsm_error *err);

/** Fills auth: the way wanted, or the default of the service key's type. */
CIHSM_NODISCARD cihsm_status credentials_choose_auth(credentials *of, cihsm_auth wanted,
                                                     cihsm_error *err);

/** @return what tells why the key did not sign; as long as @p of */
http_cause credentials_cause(credentials *of);

/** Cleanup: key before token. Sets *of to NULL. */
void credentials_free(credentials **of);

#endif
