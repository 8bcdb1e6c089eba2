/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/lean.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

static const char OPEN[] = "{\"__deferred\":{\"uri\":\"";
static const char CLOSE[] = "\"}}";

/* In a valid text this cannot stand in a string, where each quote has a backslash before it. */
static bool opens(const char *at, const char *end)
{
    return (size_t)(end - at) >= sizeof OPEN - 1 && memcmp(at, OPEN, sizeof OPEN - 1) == 0;
}

/* The comma before the name that stands before a value; NULL: another one. Not behind a list: that
 * may be {"results":[…]}, which odata_tidy takes for the list only if it has nothing else. */
static const char *comma_before(const char *text, const char *value)
{
    static const char NOT_BEFORE[] = {']', ' ', '\t', '\r', '\n'};
    if (value - text < 5 || value[-1] != ':' || value[-2] != '"') {
        return NULL;
    }
    const char *quote = memrchr(text, '"', (size_t)(value - text) - 2);
    if (quote == NULL || quote - text < 2 || quote[-1] != ',') {
        return NULL;
    }
    return memchr(NOT_BEFORE, quote[-2], sizeof NOT_BEFORE) == NULL ? quote - 1 : NULL;
}

/* Behind the value that opens there; NULL: it has something else, too. */
static const char *behind_link(const char *value, const char *end)
{
    const char *link = value + sizeof OPEN - 1;
    const char *quote = memchr(link, '"', (size_t)(end - link));
    if (quote == NULL || quote[-1] == '\\' || (size_t)(end - quote) < sizeof CLOSE - 1 ||
        memcmp(quote, CLOSE, sizeof CLOSE - 1) != 0) {
        return NULL;
    }
    return quote + sizeof CLOSE - 1;
}

cihsm_status odata_lean(const char *text, size_t len, buffer *out, cihsm_error *err)
{
    const char *end = text + len;
    const char *from = text; /* not copied yet */
    const char *at = text;
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *comma = opens(at, end) ? comma_before(text, at) : NULL;
        const char *behind = comma == NULL || comma < from ? NULL : behind_link(at, end);
        at++;
        if (behind != NULL) {
            CIHSM_TRY(buffer_append(out, from, (size_t)(comma - from), err));
            from = behind;
            at = behind;
        }
    }
    return buffer_append(out, from, (size_t)(end - from), err);
}
