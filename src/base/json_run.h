/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json_run - runs of characters that need no thought, found eight bytes at a time: most of a
 * JSON text is such runs.
 */
#ifndef BASE_JSON_RUN_H
#define BASE_JSON_RUN_H

#include <stddef.h>

/** @return how many bytes at the start of @p text are printable ASCII other than '"' and '\'. */
size_t json_plain_run(const char *text, size_t len);

#endif
