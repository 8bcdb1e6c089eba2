/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/literal - values as they stand in a key, a $filter or a parameter of a function import.
 *
 * Source: OData V2, "Abstract Type System"; docs/sap-contract.md sections 4.3 and 4.4.
 */
#ifndef ODATA_LITERAL_H
#define ODATA_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * Appends the literal of a plain value, not percent-encoded:
 *
 *     Edm.String          O'Brien                  'O''Brien'
 *     Edm.Boolean         true, false              true
 *     Edm.Byte, SByte     255, -128                255
 *     Edm.Int16, Int32    1901                     1901
 *     Edm.Int64           1901, 1901L              1901L
 *     Edm.Decimal         12.50, 12.50M            12.50M
 *     Edm.Double          1.5e10                   1.5e10d
 *     Edm.Single          1.5                      1.5f
 *     Edm.DateTime        as cihsm_time_read_date  datetime'2026-03-01T14:30:05'
 *     Edm.DateTimeOffset  as cihsm_time_read_date  datetimeoffset'2026-03-01T14:30:05Z'
 *     Edm.Time            14:30:05, PT14H30M5S     time'PT14H30M5S'
 *     Edm.Guid            8-4-4-4-12 hex digits    guid'…'
 *     Edm.Binary          00FF, hex digits         X'00FF'
 *
 * @param type  a type that is not in this list is written like Edm.String
 * @param text  @p len bytes
 * @retval CIHSM_E_USAGE  no such value, or out of the type's range
 */
CIHSM_NODISCARD cihsm_status odata_literal_append(const char *type, const char *text, size_t len,
                                                  buffer *out, cihsm_error *err);

/** Appends datetime'…' or, for Edm.DateTimeOffset, datetimeoffset'…Z'. */
CIHSM_NODISCARD cihsm_status odata_literal_append_time(const char *type, int64_t ms, buffer *out,
                                                       cihsm_error *err);

/** True if the text is an even number of hex digits; none at all is even. */
bool odata_is_hex(const char *text, size_t len);

/** Appends the bytes as upper-case hex digits, as the server writes hex keys. */
CIHSM_NODISCARD cihsm_status odata_hex_append(const char *bytes, size_t len, buffer *out,
                                              cihsm_error *err);

#endif
