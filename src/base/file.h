/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file - whole files in; out is the public cihsm/file.h.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/file.h"

/**
 * Appends a whole file to @p out (whose maximum limits it).
 *
 * @param what  what the file is, for the message: "service key", "chain"
 * @retval CIHSM_E_CONFIG    missing, not readable, a folder, larger than the buffer's maximum
 * @retval CIHSM_E_CANCELED  a signal came while a pipe, a socket or a terminal was waited for
 */
CIHSM_NODISCARD cihsm_status file_read(const char *path, const char *what, buffer *out,
                                       cihsm_error *err);

/**
 * read(2) that a signal interrupts (EINTR) only where nobody knows how long the wait is: at what is
 * no regular file. Only a handler without SA_RESTART does that, so a program decides itself.
 */
CIHSM_NODISCARD ssize_t file_read_some(int fd, void *to, size_t size);

#endif
