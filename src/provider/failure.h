/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/failure - puts our errors on OpenSSL's queue under a library number of our own: libcurl
 * and other callers print the name and the reason of the first one ("cihsm::...").
 */
#ifndef PROVIDER_FAILURE_H
#define PROVIDER_FAILURE_H

#include "cihsm/error.h"

typedef enum provider_reason {
    PROVIDER_SIGNING_FAILED = 1,
    PROVIDER_PIN_FAILED,
    PROVIDER_TOKEN_FAILED,
    PROVIDER_TIMED_OUT,
    PROVIDER_WRONG_PAIR,
    PROVIDER_BAD_DIGEST,
    PROVIDER_BAD_PADDING,
    PROVIDER_BAD_PSS,
    PROVIDER_BAD_LENGTH,
    PROVIDER_BAD_STATE,
    PROVIDER_NO_MEMORY
} provider_reason;

/** Raises one error and returns 0, which is how a provider function says no. */
int provider_raise(provider_reason reason, const char *detail);

/** Raises a failed signature: the reason follows from the status, the message is the data. */
int provider_raise_error(const cihsm_error *error);

/** Number of our library in OpenSSL error codes (ERR_GET_LIB). */
int provider_error_library(void);

#endif
