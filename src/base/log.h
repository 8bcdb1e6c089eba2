/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log - the one sink for log lines: masks secrets, escapes control characters, cuts at 1 KiB.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "cihsm/log.h"

/** True if a line of that level would be written; saves building it. NULL is fine. */
bool log_wants(const cihsm_log *log, cihsm_log_level level);

/** Writes one line. NULL log is fine. */
CIHSM_PRINTF(4, 5)
void log_line(const cihsm_log *log, cihsm_log_level level, const char *component,
              const char *format, ...);

/** Hands a duration on. NULL log is fine. */
void log_timed(const cihsm_log *log, cihsm_phase phase, long long microseconds);

/** Microseconds of a clock that is never set back; only differences mean something. */
long long log_clock_us(void);

#endif
