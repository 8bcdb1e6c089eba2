/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/time.h - moments as people write them. All are Unix milliseconds, in UTC.
 *
 * No function here reads a clock: the present moment is given by the caller. All may be called by
 * any thread.
 *
 * Source: OData V2, "Primitive Data Types" (Edm.DateTime begins in 1753); RFC 3339.
 */
#ifndef CIHSM_TIME_H
#define CIHSM_TIME_H

#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_TIME_MIN (-6847804800000LL) /**< 1753-01-01T00:00:00Z, the first Edm.DateTime */
#define CIHSM_TIME_MAX 253402300799999LL  /**< 9999-12-31T23:59:59.999Z, the last one */
#define CIHSM_TIME_SIZE 25                /**< room for cihsm_time_write, the NUL included */

/**
 * Reads a moment:
 *
 *     2026-03-01                       midnight
 *     2026-03-01T14:30                 to the minute, second or millisecond; without a zone it is
 *     2026-03-01T14:30:05.250          UTC, as on the server
 *     2026-03-01T14:30:05Z             with Z or an offset (+01:00, -0530, +01) it is converted
 *     now
 *     90s  30m  2h  7d  4w             so long ago: seconds, minutes, hours, days, weeks
 *
 * @param text    one of these forms
 * @param now_ms  the present moment; counts for "now" and for what is told as ago
 * @param out_ms  Unix milliseconds, UTC
 * @retval CIHSM_E_USAGE  it is none of these, no such day, or not in the years 1753 to 9999
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_time_read(const char *text, int64_t now_ms,
                                                       int64_t *out_ms, cihsm_error *err);

/**
 * cihsm_time_read without "now" and ago.
 *
 * @param text    one of the first forms of cihsm_time_read
 * @param out_ms  Unix milliseconds, UTC
 * @retval CIHSM_E_USAGE  as for cihsm_time_read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_time_read_date(const char *text, int64_t *out_ms,
                                                            cihsm_error *err);

/**
 * Reads a span of time, "90s", "30m", "2h", "7d" or "4w", in milliseconds.
 *
 * @param text    one of these forms
 * @param out_ms  milliseconds, more than 0
 * @retval CIHSM_E_USAGE  it is none, or zero, or longer than 10,000 years
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_span_read(const char *text, int64_t *out_ms,
                                                       cihsm_error *err);

/**
 * Writes "2026-03-01T14:30:05" or, if the milliseconds are not zero, "2026-03-01T14:30:05.250": UTC
 * without a zone, as Edm.DateTime has it.
 *
 * @param ms  CIHSM_TIME_MIN to CIHSM_TIME_MAX; what is outside is brought to the nearer end
 */
CIHSM_API void cihsm_time_write(int64_t ms, char out[CIHSM_TIME_SIZE]);

CIHSM_END_DECLS

#endif
