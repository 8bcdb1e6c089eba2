/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/digest - by what two folders with the same files are known to be the same.
 */
#ifndef SNAPSHOT_DIGEST_H
#define SNAPSHOT_DIGEST_H

#include "cihsm/api.h"
#include "cihsm/error.h"

#define SNAPSHOT_DIGEST_SIZE 65 /**< hex digits of SHA-256, the NUL included */

/**
 * SHA-256 over names and bytes of all files below a folder. Folders without files, modes and times
 * do not count, as for git.
 *
 * @retval CIHSM_E_PROTOCOL  there is a ".git", which git would take for a repository with hooks
 * @retval CIHSM_E_IO        cannot be read
 */
CIHSM_NODISCARD cihsm_status snapshot_digest(const char *folder, char out[SNAPSHOT_DIGEST_SIZE],
                                             cihsm_error *err);

#endif
