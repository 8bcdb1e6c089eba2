/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json_guard - looks at a JSON text before cJSON does and refuses what cJSON would silently
 * get wrong (docs/adr/0005). Not a parser: structure is left to cJSON.
 */
#ifndef BASE_JSON_GUARD_H
#define BASE_JSON_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/error.h"

/**
 * Refuses invalid UTF-8, NUL characters (raw or escaped), control characters, too many levels,
 * numbers that RFC 8259 does not know.
 *
 * @param has_wide_integers  out: integers beyond 2^53, which a double would round
 */
CIHSM_NODISCARD cihsm_status json_guard_check(const char *text, size_t len, bool *has_wide_integers,
                                              cihsm_error *err);

/** Copies a checked text with such integers in quotes. */
CIHSM_NODISCARD cihsm_status json_guard_quote_wide_integers(const char *text, size_t len,
                                                            buffer *out, cihsm_error *err);

#endif
