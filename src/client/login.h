/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/login - logging in by OAuth: gives the auth module the connections to the token host.
 *
 * Each has an HTTP client of its own, closed when the token is there: identities of the token host
 * and of the API host never meet in one connection cache (docs/adr/0003).
 */
#ifndef CLIENT_LOGIN_H
#define CLIENT_LOGIN_H

#include "cihsm/client.h"
#include "client/credentials.h"
#include "http/transport.h"

typedef struct login login;

/**
 * No network yet.
 *
 * @param identity  borrowed; its auth is one of the OAuth ways; must outlive the login
 * @param api       what requests with a token go through; must outlive the login
 *
 * @retval CIHSM_E_CONFIG  the service key lacks a field that OAuth needs
 */
CIHSM_NODISCARD cihsm_status login_open(credentials *identity, const cihsm_client_config *config,
                                        http_transport api, login **out, cihsm_error *err);

/** @return the api transport with a bearer token; valid as long as the login. */
http_transport login_transport(login *of);

/** Wipes the token, sets *of to NULL. NULL is fine. */
void login_free(login **of);

#endif
