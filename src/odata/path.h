/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/path - a resource path as people write it, unencoded: MessageProcessingLogs('ID')/Runs.
 * Borrows everything.
 *
 * Source: docs/sap-contract.md sections 4.2 and 4.3.
 */
#ifndef ODATA_PATH_H
#define ODATA_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

/** One segment of a path; the name is not terminated. */
typedef struct odata_segment {
    const char *name;
    size_t name_len; /**< bytes, without the key */
    bool has_key;    /**< (…) follows the name */
} odata_segment;

/**
 * Gives the next segment. Start with *cursor at the path; empty segments are left out.
 *
 * @return false at the end
 */
bool odata_path_next(const char **cursor, odata_segment *out);

/**
 * Appends the path percent-encoded, without slashes at either end. The syntax stays as it is:
 * quotes, parentheses, commas, "=" and "$". Inside a quoted key all but unreserved characters is
 * encoded; a quote is written twice there by the caller.
 *
 * @param path  "" and "/" are the service document
 * @retval CIHSM_E_USAGE  cannot be sent; the message names the position in bytes, from 1
 */
CIHSM_NODISCARD cihsm_status odata_path_encode(const char *path, buffer *out, cihsm_error *err);

#endif
