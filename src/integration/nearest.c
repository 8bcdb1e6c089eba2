/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/nearest.h"

#include <string.h>

static size_t take_names(const nearest_names *best, const char *out[CIHSM_NEAREST_MAX])
{
    memcpy(out, best->names, sizeof best->names);
    return best->count;
}

size_t integration_nearest(const integration_catalogue *catalogue, const char *wanted,
                           const char *out[CIHSM_NEAREST_MAX])
{
    nearest_names best = {0};
    const cihsm_value *resource = integration_first(catalogue);
    for (; resource != NULL; resource = cihsm_value_next(resource)) {
        nearest_offer(&best, wanted, integration_name(resource));
    }
    return take_names(&best, out);
}

size_t integration_nearest_function(const integration_catalogue *catalogue, const char *wanted,
                                    const char *out[CIHSM_NEAREST_MAX])
{
    nearest_names best = {0};
    const cihsm_value *resource = integration_first(catalogue);
    for (; resource != NULL; resource = cihsm_value_next(resource)) {
        const char *name = cihsm_value_get_string(resource, "function_import");
        if (name != NULL) {
            nearest_offer(&best, wanted, name);
        }
    }
    return take_names(&best, out);
}

static void offer_items(nearest_names *best, const char *wanted, const cihsm_value *items)
{
    const cihsm_value *item = cihsm_value_first(items);
    for (; item != NULL; item = cihsm_value_next(item)) {
        const char *name = cihsm_value_get_string(item, "name");
        if (name != NULL) {
            nearest_offer(best, wanted, name);
        }
    }
}

size_t integration_nearest_named(const cihsm_value *items, const char *wanted,
                                 const char *out[CIHSM_NEAREST_MAX])
{
    nearest_names best = {0};
    offer_items(&best, wanted, items);
    return take_names(&best, out);
}

size_t integration_nearest_property(const cihsm_value *resource, const char *wanted,
                                    const char *out[CIHSM_NEAREST_MAX])
{
    static const char *const MEMBERS[] = {"properties", "navigations"};
    nearest_names best = {0};
    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
        offer_items(&best, wanted, cihsm_value_get(resource, MEMBERS[i]));
    }
    return take_names(&best, out);
}

cihsm_status integration_nearest_text(const integration_catalogue *catalogue, const char *wanted,
                                      const char *otherwise, char **out, cihsm_error *err)
{
    const char *names[CIHSM_NEAREST_MAX] = {0};
    const size_t count = integration_nearest(catalogue, wanted, names);
    return nearest_text(names, count, otherwise, out, err);
}
