/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/paragraph - running text and command lines of the help, broken where it does no harm.
 */
#ifndef CLI_PARAGRAPH_H
#define CLI_PARAGRAPH_H

#include <stddef.h>
#include <stdio.h>

#define CLI_WIDTH 80 /* columns of the help, whatever the terminal has */

/** Puts a text that starts at @p at, wrapped between words to @p column, not behind it. */
void cli_put_wrapped(FILE *to, const char *text, size_t at, size_t column);

/** Prints a command line as the example of a help; a long one goes on with a backslash at the end
 * of the line, between options, so it can still be pasted. */
void cli_put_example(const char *example);

#endif
