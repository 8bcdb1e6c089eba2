/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct odata_named {
    const char *name;
    const cihsm_value *value;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct odata_named *)a)->name, ((const struct odata_named *)b)->name);
}

cihsm_status odata_names_make(const cihsm_value *list, odata_names *out, cihsm_error *err)
{
    const size_t count = cihsm_value_count(list);
    *out = (odata_names){0};
    if (count == 0) {
        return CIHSM_OK;
    }
    out->entries = calloc(count, sizeof *out->entries);
    if (out->entries == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const cihsm_value *one = cihsm_value_first(list); one != NULL;
         one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (name != NULL) {
            out->entries[out->count++] = (struct odata_named){name, one};
        }
    }
    qsort(out->entries, out->count, sizeof *out->entries, by_name);
    return CIHSM_OK;
}

const cihsm_value *odata_names_find(const odata_names *in, const char *name)
{
    if (in->count == 0 || name == NULL) {
        return NULL;
    }
    const struct odata_named wanted = {.name = name};
    const struct odata_named *found =
        bsearch(&wanted, in->entries, in->count, sizeof *in->entries, by_name);
    return found == NULL ? NULL : found->value;
}

void odata_names_free(odata_names *of)
{
    free(of->entries);
    *of = (odata_names){0};
}
