/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/buffer - a growing byte buffer that never passes the maximum given at the start.
 * Owns its bytes; they are wiped when freed, because a body may hold a secret.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

typedef struct buffer {
    char *data;  /**< followed by a NUL that is not counted; NULL while nothing was appended */
    size_t len;  /**< bytes */
    size_t room; /**< bytes allocated */
    size_t max;  /**< bytes; the NUL is not counted */
} buffer;

/** @return an empty buffer of at most @p max bytes. */
buffer buffer_new(size_t max);

/** @retval CIHSM_E_LIMIT  more than the maximum; the buffer is unchanged */
CIHSM_NODISCARD cihsm_status buffer_append(buffer *to, const void *bytes, size_t len,
                                           cihsm_error *err);
CIHSM_NODISCARD cihsm_status buffer_append_text(buffer *to, const char *text, cihsm_error *err);

/** @return the bytes as a C string; "" while empty. */
const char *buffer_text(const buffer *from);

/** Empties it, keeps the memory. */
void buffer_clear(buffer *of);

/** Wipes and frees. */
void buffer_free(buffer *of);

#endif
