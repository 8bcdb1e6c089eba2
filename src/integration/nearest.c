/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/nearest.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define COMPARED_MAX 96 /* bytes of a name; the longest of the catalogue has 47 */
#define HOLDS_LEAST 3   /* a shorter text stands in too many names */

typedef struct candidate {
    const char *name;
    size_t distance;
} candidate;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Characters to insert, remove or replace (Levenshtein), case ignored. */
static size_t distance(const char *a, const char *b)
{
    size_t row[COMPARED_MAX + 1];
    const size_t width = least(strlen(b), COMPARED_MAX);
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0' && i < COMPARED_MAX; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            const bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            const size_t replaced = diagonal + (same ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, least(row[j], row[j + 1]) + 1);
        }
    }
    return row[width];
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

static void insert(candidate best[NEAREST_MAX], size_t *count, candidate one)
{
    size_t at = *count;
    while (at > 0 && best[at - 1].distance > one.distance) {
        at--;
    }
    if (at == NEAREST_MAX) {
        return;
    }
    *count = least(*count + 1, NEAREST_MAX);
    memmove(&best[at + 1], &best[at], (*count - at - 1) * sizeof *best);
    best[at] = one;
}

static void offer(candidate best[NEAREST_MAX], size_t *count, const char *wanted, const char *name)
{
    const candidate one = {.name = name, .distance = compare(wanted, name)};
    if (one.distance < COMPARED_MAX) {
        insert(best, count, one);
    }
}

static size_t take_names(const candidate best[NEAREST_MAX], size_t count,
                         const char *out[NEAREST_MAX])
{
    for (size_t i = 0; i < count; i++) {
        out[i] = best[i].name;
    }
    return count;
}

size_t integration_nearest(const integration_catalogue *catalogue, const char *wanted,
                           const char *out[NEAREST_MAX])
{
    candidate best[NEAREST_MAX] = {0};
    size_t count = 0;
    const cihsm_value *resource = integration_first(catalogue);
    for (; resource != NULL; resource = cihsm_value_next(resource)) {
        offer(best, &count, wanted, integration_name(resource));
    }
    return take_names(best, count, out);
}

static void offer_items(candidate best[NEAREST_MAX], size_t *count, const char *wanted,
                        const cihsm_value *items)
{
    const cihsm_value *item = cihsm_value_first(items);
    for (; item != NULL; item = cihsm_value_next(item)) {
        const char *name = cihsm_value_get_string(item, "name");
        if (name != NULL) {
            offer(best, count, wanted, name);
        }
    }
}

size_t integration_nearest_named(const cihsm_value *items, const char *wanted,
                                 const char *out[NEAREST_MAX])
{
    candidate best[NEAREST_MAX] = {0};
    size_t count = 0;
    offer_items(best, &count, wanted, items);
    return take_names(best, count, out);
}

size_t integration_nearest_property(const cihsm_value *resource, const char *wanted,
                                    const char *out[NEAREST_MAX])
{
    static const char *const MEMBERS[] = {"properties", "navigations"};
    candidate best[NEAREST_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
        offer_items(best, &count, wanted, cihsm_value_get(resource, MEMBERS[i]));
    }
    return take_names(best, count, out);
}

size_t nearest_of(const char *const *list, size_t list_count, const char *wanted,
                  const char *out[NEAREST_MAX])
{
    candidate best[NEAREST_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < list_count; i++) {
        offer(best, &count, wanted, list[i]);
    }
    return take_names(best, count, out);
}

cihsm_status nearest_text(const char *const names[NEAREST_MAX], size_t count, const char *otherwise,
                          char **out, cihsm_error *err)
{
    switch (count) {
    case 0:
        return text_set(out, otherwise, err);
    case 1:
        return text_format(out, err, "did you mean %s", names[0]);
    case 2:
        return text_format(out, err, "did you mean %s or %s", names[0], names[1]);
    default:
        return text_format(out, err, "did you mean %s, %s or %s", names[0], names[1], names[2]);
    }
}

cihsm_status integration_nearest_text(const integration_catalogue *catalogue, const char *wanted,
                                      const char *otherwise, char **out, cihsm_error *err)
{
    const char *names[NEAREST_MAX] = {0};
    const size_t count = integration_nearest(catalogue, wanted, names);
    return nearest_text(names, count, otherwise, out, err);
}
