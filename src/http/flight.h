/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/flight - an exchange that was started and may have to be started again. Owns a copy of its
 * request; borrows the exchange.
 */
#ifndef HTTP_FLIGHT_H
#define HTTP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/copy.h"
#include "http/retry.h"
#include "http/transport.h"

/** The attempts of one request. */
typedef struct http_attempts {
    http_effort effort;
    int64_t begun_us;
    bool may_be_done; /**< one before the last may have been carried out */
} http_attempts;

typedef struct http_flight {
    http_exchange *exchange;
    http_copy copy;
    http_attempts attempts;
    bool is_waiting; /**< for due_us; not with the transport below meanwhile */
    bool is_hidden;  /**< there is a head, which is not shown */
    int64_t due_us;
    struct http_flight *next;
} http_flight;

/** @param out  yours; http_flight_free */
CIHSM_NODISCARD cihsm_status http_flight_new(const http_request *request, http_exchange *exchange,
                                             http_flight **out, cihsm_error *err);

/** Puts it at the end of a list: what waits longest has the first turn. */
void http_flight_append(http_flight **list, http_flight *flight);

/** Takes the flight of an exchange off a list. @return yours; NULL: there is none */
http_flight *http_flight_take(http_flight **list, const http_exchange *exchange);

/** Frees one; sets *flight to NULL. NULL is fine. */
void http_flight_free(http_flight **flight);

#endif
