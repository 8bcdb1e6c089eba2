/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/attempt - before and after one attempt of a request: may it start, is there another one, and
 * the pause before it.
 */
#ifndef HTTP_ATTEMPT_H
#define HTTP_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/flight.h"
#include "http/patience.h"
#include "http/retry.h"

/**
 * @param rate     of the request
 * @param is_told  its wait is in the log already
 *
 * @return milliseconds until it may start; 0: now, and it is counted.
 */
int64_t http_attempt_turn(http_patience *of, const http_rate *rate, bool is_told);

/** @return of a request to the URL. */
http_rate http_attempt_rate(const http_patience *of, const char *url);

/** Right before the first one. @param method  lives as long as the object */
http_attempts http_attempts_begin(const http_patience *of, const char *method);

/**
 * Judges an attempt that ended, and logs it if there is another one.
 *
 * @param url       for the log
 * @param response  what there is of an answer; out: its note
 * @param failure   why there is no complete one; status CIHSM_OK: there is; out: its message has
 *                  the note
 */
http_advice http_attempt_judge(http_patience *of, http_attempts *attempts, const char *url,
                               http_response *response, cihsm_error *failure);

/**
 * Waits, as log and clock of the patience are told.
 *
 * @param attempts  made so far; NULL: none
 *
 * @retval CIHSM_E_CANCELED  there is to be no further one
 */
CIHSM_NODISCARD cihsm_status http_attempt_pause(const http_patience *of,
                                                const http_attempts *attempts, int64_t milliseconds,
                                                cihsm_error *err);

#endif
