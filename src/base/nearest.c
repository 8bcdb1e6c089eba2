/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define COMPARED_MAX 96 /* bytes of a name; the longest of the catalogue has 47 */
#define HOLDS_LEAST 3   /* a shorter text stands in too many names */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Characters to insert, remove, replace or swap with the next (optimal string alignment), case
 * ignored. The rows are those of the usual table: two above, above, this one. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][COMPARED_MAX + 1] = {{0}};
    const size_t width = least(strlen(b), COMPARED_MAX);
    size_t i = 0;
    for (size_t j = 0; j <= width; j++) {
        rows[0][j] = j;
    }
    for (; i < COMPARED_MAX && a[i] != '\0'; i++) {
        const size_t *two_above = rows[(i + 2) % 3];
        const size_t *above = rows[i % 3];
        size_t *row = rows[(i + 1) % 3];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            const size_t replaced = above[j] + (is_same(a[i], b[j]) ? 0 : 1);
            row[j + 1] = least(replaced, least(above[j + 1], row[j]) + 1);
            if (i > 0 && j > 0 && is_same(a[i], b[j - 1]) && is_same(a[i - 1], b[j])) {
                row[j + 1] = least(row[j + 1], two_above[j - 1] + 1);
            }
        }
    }
    return rows[i % 3][width];
}

/* The number of characters that differ; COMPARED_MAX: not alike. */
static size_t compare(const char *wanted, const char *name)
{
    const size_t len = strlen(wanted);
    const size_t differ = distance(wanted, name);
    const bool holds = (len >= HOLDS_LEAST && strcasestr(name, wanted) != NULL) ||
                       strcasestr(wanted, name) != NULL;
    const bool is_close = len < COMPARED_MAX && differ <= len / 3;
    return holds || is_close ? differ : COMPARED_MAX;
}

void nearest_offer(nearest_names *of, const char *wanted, const char *name)
{
    const size_t differ = compare(wanted, name);
    size_t at = of->count;
    while (at > 0 && of->differences[at - 1] > differ) {
        at--;
    }
    if (differ == COMPARED_MAX || at == CIHSM_NEAREST_MAX) {
        return;
    }
    of->count = least(of->count + 1, CIHSM_NEAREST_MAX);
    const size_t behind = of->count - at - 1;
    memmove(&of->names[at + 1], &of->names[at], behind * sizeof *of->names);
    memmove(&of->differences[at + 1], &of->differences[at], behind * sizeof *of->differences);
    of->names[at] = name;
    of->differences[at] = differ;
}

size_t cihsm_nearest(const char *const *names, size_t count, const char *wanted,
                     const char *out[CIHSM_NEAREST_MAX])
{
    nearest_names best = {0};
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL) {
            nearest_offer(&best, wanted, names[i]);
        }
    }
    memcpy(out, best.names, sizeof best.names);
    return best.count;
}

cihsm_status nearest_text(const char *const names[CIHSM_NEAREST_MAX], size_t count,
                          const char *otherwise, char **out, cihsm_error *err)
{
    switch (count) {
    case 0:
        return text_set(out, otherwise, err);
    case 1:
        return text_format(out, err, "did you mean %s?", names[0]);
    case 2:
        return text_format(out, err, "did you mean %s or %s?", names[0], names[1]);
    default:
        return text_format(out, err, "did you mean %s, %s or %s?", names[0], names[1], names[2]);
    }
}
