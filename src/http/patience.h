/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/patience - a transport over a transport that waits: before a request as http/pace says, and
 * after an attempt that failed for the moment as http/retry says, then sends it again.
 *
 * Who sends waits; exchanges wait beside each other. Borrows everything it was given. Used by one
 * thread at a time, wake excepted.
 */
#ifndef HTTP_PATIENCE_H
#define HTTP_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "cihsm/log.h"
#include "http/flight.h"
#include "http/pace.h"
#include "http/transport.h"

/** Contexts, user and log are borrowed for the life of the object. */
typedef struct http_patience_config {
    http_transport below;
    clock_source clock;
    int64_t retry_time_ms; /**< budget of one request; 0: nothing is sent again */
    uint64_t seed;         /**< of the jitter */
    /** Which requests the server counts together; NULL: no limits are known. */
    http_rate (*rate_of)(void *user, const char *url);
    /** True for a 500 that says what is wrong with the request; NULL: none does. */
    bool (*is_request_fault)(const http_response *response);
    void *user; /**< handed to rate_of */
    const cihsm_log *log;
} http_patience_config;

/** The caller's; stays in its place from init to free. */
typedef struct http_patience {
    http_patience_config config;
    http_pace pace;
    uint64_t random;
    http_flight *flights; /**< started, and nothing was shown of their answer yet */
} http_patience;

void http_patience_init(http_patience *of, const http_patience_config *config);

/**
 * @return the seam for those who ask; valid as long as the object.
 *
 * An answer that is final after several attempts has http_response.note; a failure has it in its
 * message. A DELETE that finds nothing, after an attempt that may have been carried out, is
 * answered by 204. The head of an exchange that is no success is not shown before the answer is
 * complete and final; one that is a success ends the attempts.
 */
http_transport http_patience_transport(http_patience *of);

/**
 * Waits until a request of a group may start, and counts it: for a request that carries others,
 * whose URL does not tell their groups.
 *
 * @retval CIHSM_E_CANCELED  it is not to be sent
 */
CIHSM_NODISCARD cihsm_status http_patience_wait(http_patience *of, const http_rate *rate,
                                                cihsm_error *err);

/** Forgets the exchanges that were started; {0} is fine. */
void http_patience_free(http_patience *of);

#endif
