/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/moment - seconds as text: in plans and checkpoints, in names of files, in entries.
 */
#ifndef EXPORT_MOMENT_H
#define EXPORT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define EXPORT_MOMENT_LEN 19      /**< characters of "2026-03-01T14:30:05" */
#define EXPORT_MOMENT_NAME_LEN 16 /**< characters of "20260301T143005Z" */

/** Writes "2026-03-01T14:30:05". */
void export_moment_write(int64_t seconds, char out[EXPORT_MOMENT_LEN + 1]);

/** Writes "20260301T143005Z". */
void export_moment_name(int64_t seconds, char out[EXPORT_MOMENT_NAME_LEN + 1]);

/** Reads what export_moment_write wrote, and nothing else. */
bool export_moment_read(const char *text, int64_t *seconds);

#endif
