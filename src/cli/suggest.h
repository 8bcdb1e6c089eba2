/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/suggest - "did you mean" for a word of the command line that is not known.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

#define CLI_SUGGEST_MAX 160 /* bytes, the NUL included */

/**
 * Writes `did you mean A, B or C? `, with the blank at its end; nothing if no name is like it.
 *
 * @param before  stands before each name: "--" for options
 */
void cli_suggest(const char *const *names, size_t count, const char *wanted, const char *before,
                 char out[CLI_SUGGEST_MAX]);

/** The same for the @p found names that are known to be like it. */
void cli_suggest_found(const char *const *near, size_t found, const char *before,
                       char out[CLI_SUGGEST_MAX]);

#endif
