/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/file.h - writing a file complete or not at all.
 *
 * Threads: any thread may call; a file that was begun belongs to one at a time.
 *
 * Source: POSIX.1-2017, fsync() and rename().
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
 * @param path   of the file; its folder must be there
 * @param mode   permission bits, for example 0600
 * @param bytes  @p len bytes; NULL for none
 * @retval CIHSM_E_IO  cannot be written, or there is something that is no regular file; nothing is
 *                     left behind
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_write(const char *path, unsigned mode,
                                                        const void *bytes, size_t len,
                                                        cihsm_error *err);

/** A file that is being written piece by piece, complete or not at all as with cihsm_file_write. */
typedef struct cihsm_file cihsm_file;

/**
 * Makes the temporary file. Nothing is at @p path before cihsm_file_commit.
 *
 * @param mode  permission bits, for example 0600
 * @param out   yours; end it with cihsm_file_commit or cihsm_file_discard
 * @retval CIHSM_E_IO  as for cihsm_file_write
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_begin(const char *path, unsigned mode,
                                                        cihsm_file **out, cihsm_error *err);

/**
 * Writes at the end, without a buffer.
 *
 * @param file   begun
 * @param bytes  @p len of them
 * @retval CIHSM_E_IO  cannot be written
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_append(cihsm_file *file, const void *bytes,
                                                         size_t len, cihsm_error *err);

/**
 * Takes back all that was written.
 *
 * @param file  begun; it is empty then
 * @retval CIHSM_E_IO  cannot be done
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_restart(cihsm_file *file, cihsm_error *err);

/** @return the descriptor that is written to; it stays the file's. */
CIHSM_API int cihsm_file_descriptor(const cihsm_file *file);

/** @return the path of the temporary file, borrowed: what a signal handler removes. */
CIHSM_API const char *cihsm_file_temporary(const cihsm_file *file);

/**
 * Brings the bytes to disk and the file to its name. Sets *file to NULL in every case.
 *
 * @param file  freed in every case
 * @retval CIHSM_E_IO  failed; nothing is left behind
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_file_commit(cihsm_file **file, cihsm_error *err);

/** Removes what was written, sets *file to NULL. NULL is fine. */
CIHSM_API void cihsm_file_discard(cihsm_file **file);

CIHSM_END_DECLS

#endif
