/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/message_status - the statuses of message processing logs.
 */
#ifndef INTEGRATION_MESSAGE_STATUS_H
#define INTEGRATION_MESSAGE_STATUS_H

#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * Finds a status by what was typed; case does not count.
 *
 * @param out  borrowed, for ever
 * @retval CIHSM_E_USAGE  there is none; the message names the nearest ones
 */
CIHSM_NODISCARD cihsm_status message_status_find(const char *typed, const char **out,
                                                 cihsm_error *err);

#endif
