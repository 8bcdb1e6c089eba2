/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/flight - the requests that were started with a token and whose answer has not begun: what
 * it takes to start one again. Owns copies of the requests; borrows the exchanges.
 */
#ifndef AUTH_FLIGHT_H
#define AUTH_FLIGHT_H

#include "http/copy.h"
#include "http/transport.h"

typedef struct auth_flight {
    http_exchange *exchange;
    http_copy copy; /**< without Authorization */
    unsigned token; /**< number of the token that it was started with */
    struct auth_flight *next;
} auth_flight;

/** @param out  yours; auth_flight_free */
CIHSM_NODISCARD cihsm_status auth_flight_new(const http_request *request, http_exchange *exchange,
                                             auth_flight **out, cihsm_error *err);

/** Puts it at the head of a list. */
void auth_flight_push(auth_flight **list, auth_flight *flight);

/** Takes the flight of an exchange off a list. @return yours; NULL: there is none */
auth_flight *auth_flight_take(auth_flight **list, const http_exchange *exchange);

/** Frees one; sets *flight to NULL. NULL is fine. */
void auth_flight_free(auth_flight **flight);

#endif
