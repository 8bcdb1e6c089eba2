/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/filter.h"

#include <string.h>

#include "odata/quote.h"

bool odata_word_next(const char **cursor, odata_word *out)
{
    const char *start = *cursor + strspn(*cursor, " \t");
    if (*start == '\0') {
        return false;
    }
    const char *end = start + strcspn(start, " \t(),'");
    *out = (odata_word){.text = start, .is_literal = *end == '\''};
    if (out->is_literal) {
        const char *closed = odata_quote_end(end);
        end = closed == NULL ? end + strlen(end) : closed;
    } else if (end == start) {
        end++;
    }
    out->len = (size_t)(end - start);
    *cursor = end;
    return true;
}

bool odata_word_is(const odata_word *word, const char *text)
{
    return strlen(text) == word->len && memcmp(word->text, text, word->len) == 0;
}

bool odata_word_in(const odata_word *word, const char *list)
{
    while (*list != '\0') {
        const size_t len = strcspn(list, " ");
        if (len == word->len && memcmp(list, word->text, len) == 0) {
            return true;
        }
        list += len + strspn(list + len, " ");
    }
    return false;
}
