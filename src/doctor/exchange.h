/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/exchange - one read request to the tenant, and all that was seen of its way.
 *
 * Owns connections, login and answer; borrows credentials and configuration. Each exchange makes
 * connections of its own, so that every layer is really gone through.
 */
#ifndef DOCTOR_EXCHANGE_H
#define DOCTOR_EXCHANGE_H

#include "client/credentials.h"
#include "client/login.h"
#include "http/client.h"
#include "http/transport.h"

/** Start with {0}. */
typedef struct exchange {
    http_client *http;
    login *login;
    http_response answer;
    cihsm_status status; /**< CIHSM_OK: there is an answer, of whatever HTTP status */
    cihsm_error error;
    bool has_identity; /**< the client certificate was ready to be shown */
    bool is_answered;  /**< the API host answered, not only the token host */
} exchange;

/**
 * Sends the request, with the certificate if that is the way to log in, else with nothing to log
 * in.
 *
 * @param url       absolute
 * @param may_show  the certificate is well enough to be shown
 * @return CIHSM_OK also if it failed: see status and error
 */
CIHSM_NODISCARD cihsm_status exchange_send(exchange *of, credentials *identity,
                                           const cihsm_client_config *config, const char *url,
                                           bool may_show, cihsm_error *err);

/** Sends it again with a token, over the same connections. */
CIHSM_NODISCARD cihsm_status exchange_send_with_token(exchange *of, credentials *identity,
                                                      const cihsm_client_config *config,
                                                      const char *url, cihsm_error *err);

/** Closes and frees everything; the exchange can begin anew. */
void exchange_end(exchange *of);

#endif
