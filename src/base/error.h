/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/error - the only writer of cihsm_error. May include nothing of src.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "cihsm/error.h"

/**
 * Records a failure and returns its status, so that "return cihsm_fail(...)" ends a function.
 * The first failure wins: an error that is set already is kept. Control characters of the text are
 * escaped. Messages: one line, lower case, no full stop, no secret.
 */
CIHSM_PRINTF(5, 6)
cihsm_status cihsm_fail(cihsm_error *err, cihsm_status status, cihsm_origin origin,
                        unsigned long native, const char *format, ...);

/** cihsm_fail for CIHSM_FROM_LIBRARY with no native code. */
#define cihsm_fail_plain(err, status, ...) \
    cihsm_fail((err), (status), CIHSM_FROM_LIBRARY, 0, __VA_ARGS__)

/** "out of memory". */
cihsm_status cihsm_fail_memory(cihsm_error *err);

/** Adds ": <strerror(number)>" to the text; native is the errno. */
CIHSM_PRINTF(4, 5)
cihsm_status cihsm_fail_errno(cihsm_error *err, cihsm_status status, int number, const char *format,
                              ...);

/** Adds the first reason of OpenSSL's queue to the text and empties the queue. */
CIHSM_PRINTF(3, 4)
cihsm_status cihsm_fail_openssl(cihsm_error *err, cihsm_status status, const char *format, ...);

/**
 * Puts something better in the place of an error's general advice, and sets its status. The advice
 * begins behind the path, which stands in parentheses, or else is the last clause. Who spoke first
 * stays.
 *
 * @return status
 */
CIHSM_PRINTF(3, 4)
cihsm_status error_advise(cihsm_error *err, cihsm_status status, const char *format, ...);

/* What the functions above return is never CIHSM_OK, whatever they were given. Said here, where
 * every caller sees it: -fanalyzer does not look into other files, and would follow paths on which
 * a failure is success. */
static inline cihsm_status error_failed(cihsm_status status)
{
    return status == CIHSM_OK ? CIHSM_E_INTERNAL : status;
}
#define cihsm_fail(...) error_failed(cihsm_fail(__VA_ARGS__))
#define cihsm_fail_memory(err) error_failed(cihsm_fail_memory(err))
#define cihsm_fail_errno(...) error_failed(cihsm_fail_errno(__VA_ARGS__))
#define cihsm_fail_openssl(...) error_failed(cihsm_fail_openssl(__VA_ARGS__))
#define error_advise(...) error_failed(error_advise(__VA_ARGS__))

/** Forgets what was recorded. NULL is fine. */
void cihsm_error_clear(cihsm_error *err);

/** Passes the want of memory up, before another failure is told in other words. */
#define CIHSM_TRY_MEMORY(status, err)        \
    do {                                     \
        if ((status) == CIHSM_E_NO_MEMORY) { \
            return cihsm_fail_memory(err);   \
        }                                    \
    } while (0)

/** Passes a failure up unchanged. */
#define CIHSM_TRY(call)                    \
    do {                                   \
        cihsm_status try_status_ = (call); \
        if (try_status_ != CIHSM_OK) {     \
            return try_status_;            \
        }                                  \
    } while (0)

#endif
