/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/catalogue.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "integration/nearest.h"

/* NULL if the path starts with no known set. */
static cihsm_status resource_of(const char *path, const integration_catalogue **catalogue,
                                const cihsm_value **out, cihsm_error *err)
{
    CIHSM_TRY(integration_catalogue_get(catalogue, err));
    const char *set = integration_set_of_path(*catalogue, path);
    *out = set == NULL ? NULL : integration_resource(*catalogue, set);
    return CIHSM_OK;
}

cihsm_status cihsm_catalogue_properties(const char *path, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    *out = NULL;
    const integration_catalogue *catalogue = NULL;
    const cihsm_value *resource = NULL;
    CIHSM_TRY(resource_of(path, &catalogue, &resource, err));
    const cihsm_value *property = cihsm_value_first(cihsm_value_get(resource, "properties"));
    if (property == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = cihsm_value_new_array();
    if (names == NULL) {
        return cihsm_fail_memory(err);
    }
    for (; property != NULL; property = cihsm_value_next(property)) {
        const char *name = cihsm_value_get_string(property, "name");
        CIHSM_TRY(cihsm_value_append_string(names, name, err));
    }
    *out = CIHSM_MOVE(names);
    return CIHSM_OK;
}

static cihsm_status fail_unknown(const cihsm_value *resource, const char *name, cihsm_error *err)
{
    const char *nearest[CIHSM_NEAREST_MAX] = {0};
    const size_t count = integration_nearest_property(resource, name, nearest);
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(nearest_text(nearest, count, "look at one entry for its names", &hint, err));
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND, "%s has no documented property \"%.80s\": %s",
                            integration_name(resource), name, hint);
}

cihsm_status cihsm_catalogue_check_property(const char *path, const char *property,
                                            cihsm_error *err)
{
    cihsm_error_clear(err);
    const integration_catalogue *catalogue = NULL;
    const cihsm_value *resource = NULL;
    CIHSM_TRY(resource_of(path, &catalogue, &resource, err));
    if (cihsm_value_count(cihsm_value_get(resource, "properties")) == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(text_format(&name, err, "%.*s", (int)strcspn(property, "./"), property));
    const odata_segment segment = {.name = name, .name_len = strlen(name)};
    const cihsm_value *here = resource;
    return integration_follow(catalogue, &here, &segment) ? CIHSM_OK
                                                          : fail_unknown(resource, name, err);
}
