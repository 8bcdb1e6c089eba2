/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/cancel - the side of those who are to end; out is the public cihsm/cancel.h.
 */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include "cihsm/api.h"
#include "cihsm/cancel.h"

/**
 * @param cancel  NULL: never
 * @param what    what came of it: "nothing was sent"
 *
 * @retval CIHSM_E_CANCELED  it is to end
 */
CIHSM_NODISCARD cihsm_status cancel_check(const cihsm_cancel *cancel, const char *what,
                                          cihsm_error *err);

#endif
