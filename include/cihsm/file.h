/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/file.h - writing a file complete or not at all.
 */
#ifndef CIHSM_FILE_H
#define CIHSM_FILE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/**
 * Writes a file complete or not at all: a temporary file beside it, fsync, rename. A file that was
 * there keeps its bytes until the new ones are on disk.
 *
 * @param mode  permission bits, for example 0600
 * @retval CIHSM_E_IO  cannot be written; nothing is left behind
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_write(const char *path, unsigned mode,
                                                        const void *bytes, size_t len,
                                                        cihsm_error *err);

CIHSM_END_DECLS

#endif
