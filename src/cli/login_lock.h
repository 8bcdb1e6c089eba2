/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/login_lock - one run at a time shows the PIN of a source to a token.
 *
 * A byte of a file in the state folder for each PIN, token and source. The kernel frees it when the
 * process ends, however that is; a child of a module's does not inherit it.
 */
#ifndef CLI_LOGIN_LOCK_H
#define CLI_LOGIN_LOCK_H

#include "cli/refusals_file.h"

/** Opens the file, and makes it. @param out  -1, then a descriptor to close: that frees the lock */
CIHSM_NODISCARD cihsm_status login_lock_open(int *out, cihsm_error *err);

/**
 * Takes the lock if it is free.
 *
 * @param lock  by login_lock_open; this process may have the file open once
 * @param has   out: it is ours
 * @retval CIHSM_E_IO  the file system knows no locks
 */
CIHSM_NODISCARD cihsm_status login_lock_try(int lock, const refusals_entry *of, bool *has,
                                            cihsm_error *err);

/** Closes and forgets it. -1 is fine. */
void login_lock_close(int *lock);

#endif
