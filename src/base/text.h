/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/text - small string helpers. Borrows everything; returned char * are the caller's.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Copies text from outside into @p out (at most @p size bytes, NUL included), control characters
 *  and DEL as \xNN, bytes that are no UTF-8 (half a character that printf cut, for one) as "?".
 *  Cuts silently at a character boundary; never writes half an escape. */
void text_escape(char *out, size_t size, const char *text, size_t len);

/** Copies @p text (NULL stays NULL) to *out, which must be NULL or is freed first. */
CIHSM_NODISCARD cihsm_status text_set(char **out, const char *text, cihsm_error *err);

/** Formats into a new string. */
CIHSM_PRINTF(3, 4)
CIHSM_NODISCARD cihsm_status text_format(char **out, cihsm_error *err, const char *format, ...);

/** Cleanup for CIHSM_AUTO: frees, sets NULL. */
void text_free(char **text);

bool text_starts(const char *text, const char *prefix);
bool text_equal(const char *a, const char *b); /* NULL equals NULL only */

/** Writes @p len bytes as lower-case hex and a NUL: @p out has room for 2 * len + 1. */
void text_hex(char *out, const uint8_t *bytes, size_t len);

/** True if @p len bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool text_is_utf8(const char *text, size_t len);

#endif
