/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/metadata_file - metadata kept in a folder: one file a service root, named by its hash.
 */
#ifndef CLIENT_METADATA_FILE_H
#define CLIENT_METADATA_FILE_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/metadata.h"

/** Reads what is kept of a service root; *out is NULL if that is nothing, or cannot be used. Fails
 *  only when out of memory. */
CIHSM_NODISCARD cihsm_status metadata_file_read(const char *folder, const char *root,
                                                cihsm_metadata **out, cihsm_error *err);

#endif
