/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/key - the key predicate of a path segment, as it is written: ('x'), (1901),
 * (Id='X',Version='active'). Borrows the text.
 *
 * Source: docs/sap-contract.md section 4.3.
 */
#ifndef ODATA_KEY_H
#define ODATA_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

#define ODATA_KEY_PARTS_MAX 8

/** How a value is written. */
typedef enum odata_key_form {
    ODATA_KEY_BARE = 0, /**< 1901, true, some-text */
    ODATA_KEY_QUOTED,   /**< 'text' */
    ODATA_KEY_LITERAL   /**< guid'…', datetime'…': finished */
} odata_key_form;

/** Without the blanks around it; nothing here is terminated. */
typedef struct odata_key_part {
    const char *name; /**< NULL: the value stands alone */
    size_t name_len;
    const char *value; /**< with its quotes */
    size_t value_len;
    odata_key_form form;
} odata_key_part;

typedef struct odata_key {
    odata_key_part parts[ODATA_KEY_PARTS_MAX];
    size_t count;
} odata_key;

/**
 * Reads a predicate.
 *
 * @param text  starts with its parenthesis
 * @param end   set behind the closing one
 * @return false if it is malformed, or has too many parts
 */
bool odata_key_read(const char *text, const char **end, odata_key *out);

/** Appends the plain text of a value: without its quotes, doubled quotes single. */
CIHSM_NODISCARD cihsm_status odata_key_append_plain(const odata_key_part *part, buffer *out,
                                                    cihsm_error *err);

#endif
