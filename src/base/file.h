/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file - whole files in; out is the public cihsm/file.h.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/file.h"

/**
 * Appends a whole file to @p out (whose maximum limits it).
 *
 * @param what  what the file is, for the message: "service key", "chain"
 * @retval CIHSM_E_CONFIG  missing, not readable, a folder, larger than the buffer's maximum
 */
CIHSM_NODISCARD cihsm_status file_read(const char *path, const char *what, buffer *out,
                                       cihsm_error *err);

#endif
