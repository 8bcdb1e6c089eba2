/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/narrow.h"

#include <string.h>

#include "base/json.h"

/* The list of names holds this one, or "*". */
static bool is_selected(const char *select, const char *name)
{
    const size_t wanted = strlen(name);
    while (*select != '\0') {
        select += strspn(select, ", ");
        const size_t len = strcspn(select, ",/ ");
        if ((len == wanted && memcmp(select, name, len) == 0) || (len == 1 && *select == '*')) {
            return true;
        }
        select += strcspn(select, ",");
    }
    return false;
}

static void select_members(cihsm_value *entity, const char *select)
{
    cihsm_value *next = NULL;
    for (cihsm_value *member = json_first(entity); member != NULL; member = next) {
        next = json_next(member);
        if (!is_selected(select, cihsm_value_name(member))) {
            json_remove(entity, member);
        }
    }
}

void odata_select(cihsm_value *value, const char *select)
{
    if (cihsm_value_kind(value) == CIHSM_VALUE_OBJECT) {
        select_members(value, select);
    }
    if (cihsm_value_kind(value) == CIHSM_VALUE_ARRAY) {
        for (cihsm_value *item = json_first(value); item != NULL; item = json_next(item)) {
            odata_select(item, select);
        }
    }
}

size_t odata_keep(cihsm_value *array, size_t count)
{
    size_t kept = 0;
    cihsm_value *next = NULL;
    for (cihsm_value *item = json_first(array); item != NULL; item = next) {
        next = json_next(item);
        if (kept < count) {
            kept++;
        } else {
            json_remove(array, item);
        }
    }
    return kept;
}
