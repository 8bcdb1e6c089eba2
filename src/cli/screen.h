/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen - text from outside on a terminal: widths and nothing that could move the cursor.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stddef.h>
#include <stdio.h>

/** @return columns of the terminal at that descriptor; $COLUMNS, else 80, where there is none. */
size_t screen_width(int fd);

/** @return columns that the text takes when it is printed by screen_copy. */
size_t screen_columns(const char *text);

/** @return how many of @p len bytes make a piece of at most @p most that cuts no character. */
size_t screen_piece(const char *text, size_t len, size_t most);

/**
 * Tells where a line of running text ends: as many words as fit, one at least.
 *
 * @param text     starts with a word
 * @param columns  of the line
 * @return bytes of the line, the blanks behind it not counted
 */
size_t screen_line(const char *text, size_t columns);

/**
 * Copies at most @p columns columns of text to @p out; what does not fit ends in "…". Tabs
 * and line ends become blanks, other characters that are not printable, or that turn the direction
 * of the text, "?".
 *
 * @return columns written
 */
size_t screen_copy(char *out, size_t size, const char *text, size_t columns);

/** Replaces in place what is not printable by "?"; tabs and line ends stay. */
void screen_clean(char *text);

/** Prints the text as one line with its end; characters that are not printable become "?". */
void screen_put_line(FILE *to, const char *text);

#endif
