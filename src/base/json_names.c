/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FEW_MEMBERS 32 /* an entity has up to 30 */

static int by_name(const void *a, const void *b)
{
    const cihsm_value *const *left = a;
    const cihsm_value *const *right = b;
    return strcmp(cihsm_value_name(*left), cihsm_value_name(*right));
}

static cihsm_status fail_repeated(const char *name, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "JSON name \"%.80s\" is repeated", name);
}

static cihsm_status refuse_sorted(const cihsm_value *object, size_t count, cihsm_error *err)
{
    const cihsm_value **members = calloc(count, sizeof *members);
    if (members == NULL) {
        return cihsm_fail_memory(err);
    }
    size_t filled = 0;
    for (const cihsm_value *m = cihsm_value_first(object); m != NULL; m = cihsm_value_next(m)) {
        members[filled++] = m;
    }
    qsort(members, filled, sizeof *members, by_name);
    cihsm_status status = CIHSM_OK;
    for (size_t i = 1; i < filled && status == CIHSM_OK; i++) {
        if (by_name(&members[i - 1], &members[i]) == 0) {
            status = fail_repeated(cihsm_value_name(members[i]), err);
        }
    }
    free(members);
    return status;
}

/* FNV-1a */
static uint32_t hash(const char *name)
{
    uint32_t value = 0x811c9dc5U;
    for (; *name != '\0'; name++) {
        value = (value ^ (unsigned char)*name) * 0x01000193U;
    }
    return value ^ (value >> 16);
}

/* The usual object: its names go into a small table, without memory to allocate. */
static cihsm_status refuse_few(const cihsm_value *object, cihsm_error *err)
{
    const char *names[2 * FEW_MEMBERS] = {0}; /* open addressing */
    const size_t room = sizeof names / sizeof *names;
    for (const cihsm_value *m = cihsm_value_first(object); m != NULL; m = cihsm_value_next(m)) {
        const char *name = cihsm_value_name(m);
        size_t at = hash(name) % room;
        while (names[at] != NULL) {
            if (strcmp(names[at], name) == 0) {
                return fail_repeated(name, err);
            }
            at = (at + 1) % room;
        }
        names[at] = name;
    }
    return CIHSM_OK;
}

static cihsm_status refuse_object(const cihsm_value *object, cihsm_error *err)
{
    const size_t count = cihsm_value_count(object);
    if (count < 2) {
        return CIHSM_OK;
    }
    return count <= FEW_MEMBERS ? refuse_few(object, err) : refuse_sorted(object, count, err);
}

cihsm_status json_names_check(const cihsm_value *value, cihsm_error *err)
{
    const cihsm_value_type kind = cihsm_value_kind(value);
    if (kind == CIHSM_VALUE_OBJECT) {
        CIHSM_TRY(refuse_object(value, err));
    }
    if (kind != CIHSM_VALUE_OBJECT && kind != CIHSM_VALUE_ARRAY) {
        return CIHSM_OK;
    }
    const cihsm_value *child = cihsm_value_first(value);
    for (; child != NULL; child = cihsm_value_next(child)) {
        CIHSM_TRY(json_names_check(child, err));
    }
    return CIHSM_OK;
}
