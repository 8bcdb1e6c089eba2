/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/filter - the words of a $filter or $orderby: what a check of its operators and properties
 * needs. Not a grammar; the server judges the rest. Borrows the text.
 */
#ifndef ODATA_FILTER_H
#define ODATA_FILTER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct odata_word {
    const char *text; /**< a name, an operator, a number; a literal with prefix and quotes; else
                           one character: a parenthesis or comma */
    size_t len;
    bool is_literal; /**< it has quotes */
} odata_word;

/**
 * Gives the next word. Start with *cursor at the text.
 *
 * @return false at the end; a quote that is left open ends with the text
 */
bool odata_word_next(const char **cursor, odata_word *out);

bool odata_word_is(const odata_word *word, const char *text);

/** True if the word stands in a list of words with one blank between them. */
bool odata_word_in(const odata_word *word, const char *list);

#endif
