/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/cancel.h - ending work early, from a signal handler or another thread.
 *
 * Threads: all but cihsm_cancel_free may be called by any thread, cihsm_cancel_request by a signal
 * handler, too.
 *
 * Source: docs/adr/0012; POSIX.1-2017 section 2.4.3, "Signal Actions": what a handler may call.
 */
#ifndef CIHSM_CANCEL_H
#define CIHSM_CANCEL_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/** A request to end, for good. One may be given to several clients. */
typedef struct cihsm_cancel cihsm_cancel;

/**
 * @param out  yours; must be freed after all that it was given to
 *
 * @retval CIHSM_E_IO  no descriptor is left
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cancel_new(cihsm_cancel **out, cihsm_error *err);

/**
 * Ends the requests and waits of the clients that it was given to, and lets them begin no other:
 * all of them fail by CIHSM_E_CANCELED. A call of the token that is under way is waited for,
 * because nobody can interrupt one. There is no way back.
 *
 * May be called by a signal handler and by any thread, and more than once.
 */
CIHSM_API void cihsm_cancel_request(cihsm_cancel *cancel);

/** @return true after cihsm_cancel_request; false for NULL. */
CIHSM_API bool cihsm_cancel_is_requested(const cihsm_cancel *cancel);

/** @return a descriptor that is readable after cihsm_cancel_request: for poll, not to be read. */
CIHSM_API int cihsm_cancel_descriptor(const cihsm_cancel *cancel);

/** Sets *cancel to NULL. NULL is fine. */
CIHSM_API void cihsm_cancel_free(cihsm_cancel **cancel);

CIHSM_END_DECLS

#endif
