/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/lock - one export or apply at a time in a folder, many that only read.
 *
 * The lock is the folder's own (flock), so nothing is left behind; where a file system has no locks
 * there is none.
 */
#ifndef PARTNER_LOCK_H
#define PARTNER_LOCK_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** -1: none. */
typedef struct partner_lock {
    int fd;
} partner_lock;

/**
 * Takes it, to read or alone. A folder that is not there has nothing to lock.
 *
 * @retval CIHSM_E_BUSY  an export or apply is at work there
 * @retval CIHSM_E_IO    the folder cannot be opened
 */
CIHSM_NODISCARD cihsm_status partner_lock_take(const char *folder, bool is_alone, partner_lock *out,
                                               cihsm_error *err);

/** Makes one that was taken to read the only one. @retval CIHSM_E_BUSY */
CIHSM_NODISCARD cihsm_status partner_lock_alone(const partner_lock *held, cihsm_error *err);

void partner_lock_release(partner_lock *held);

#endif
