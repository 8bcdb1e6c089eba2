/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/auth - OAuth 2.0 client credentials: a transport over a transport that adds a bearer token.
 *
 * Owns the token, which is in memory only, fetched by the first request, renewed before it expires
 * and once when the API answers 401. Borrows everything it was given. Used by one thread at a time.
 *
 * Source: docs/sap-contract.md section 3; RFC 6749 section 4.4, RFC 6750, RFC 8705.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>

#include "base/clock.h"
#include "cihsm/log.h"
#include "cihsm/service_key.h"
#include "http/transport.h"

/**
 * Sends one request to a token host, on a connection that nothing else uses: a token lasts for
 * hours, so there is nothing to keep, and no identity can be mixed up with that of the API.
 *
 * @param with_certificate  show the client certificate, if the server asks
 */
typedef cihsm_status (*auth_ask_fn)(void *user, bool with_certificate, const http_request *request,
                                    http_response *response, cihsm_error *err);

/**
 * Says what to do about a 401 of the token server that was just asked by certificate.
 *
 * @param out  one clause; freed by the asker; left NULL: the handshake showed nothing special
 */
typedef cihsm_status (*auth_advise_fn)(void *user, char **out, cihsm_error *err);

/** Everything is borrowed for the life of the object. */
typedef struct auth_config {
    const cihsm_service_key *service_key;
    bool by_certificate;   /**< else by the client secret of the service key */
    http_transport api;    /**< what requests with a token go through */
    auth_ask_fn ask;       /**< what the token server is asked by */
    auth_advise_fn advise; /**< may be NULL */
    clock_source clock;    /**< {0}: the machine's */
    void *user;            /**< handed to the functions */
    const cihsm_log *log;  /**< may be NULL */
} auth_config;

typedef struct auth auth;

/**
 * Looks whether a service key has what OAuth needs, before a PIN is asked for.
 *
 * @retval CIHSM_E_CONFIG  it has no clientid, tokenurl or (for a secret) clientsecret
 */
CIHSM_NODISCARD cihsm_status auth_check_key(const cihsm_service_key *key, bool by_certificate,
                                            cihsm_error *err);

/**
 * No network yet.
 *
 * @retval CIHSM_E_CONFIG  as for auth_check_key
 */
CIHSM_NODISCARD cihsm_status auth_new(const auth_config *config, auth **out, cihsm_error *err);

/**
 * @return the seam for those who ask; valid as long as the object. A 401 is passed on only if a
 *         fresh token did not help either; of a started exchange, what the asker sees of the
 *         second attempt replaces the first. wake is the only one that other threads may call.
 *
 * @retval others  as for the api transport and for auth_answer_token
 */
http_transport auth_transport(auth *of);

/** Wipes the token, sets *of to NULL. NULL is fine. */
void auth_free(auth **of);

#endif
