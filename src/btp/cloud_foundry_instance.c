/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service instances of plan api, found by name or GUID.
 */
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "btp/cloud_foundry_key.h"
#include "cihsm/scope.h"

cihsm_status cf_instances(cihsm_cf *cf, cihsm_value **out, cihsm_error *err)
{
    return cf_list(cf, "/v3/service_instances?service_plan_names=api&per_page=200", out, err);
}

static cihsm_status fail_absent(const cihsm_value *all, const char *wanted, cihsm_error *err)
{
    nearest_names near = {.count = 0};
    const cihsm_value *one = cihsm_value_first(all);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (name != NULL) {
            nearest_offer(&near, wanted, name);
        }
    }
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(
        nearest_text(near.names, near.count, "the user may lack a role in its space", &hint, err));
    return cihsm_fail_plain(
        err, CIHSM_E_NOT_FOUND,
        "there is no service instance \"%.120s\" of plan api among the %zu that "
        "the user sees; %s",
        wanted, cihsm_value_count(all), hint);
}

cihsm_status cf_instance_choose(const cihsm_value *all, const char *wanted, const cihsm_value **out,
                                cihsm_error *err)
{
    const cihsm_value *found = NULL;
    const cihsm_value *one = cihsm_value_first(all);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (strcasecmp(cihsm_value_get_string(one, "guid"), wanted) == 0) {
            found = one; /* no name can be mistaken for it */
            break;
        }
        if (name == NULL || strcmp(name, wanted) != 0) {
            continue;
        }
        if (found != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                    "several spaces have a service instance \"%.120s\": name it by "
                                    "its GUID, for example %.40s",
                                    wanted, cihsm_value_get_string(one, "guid"));
        }
        found = one;
    }
    if (found == NULL) {
        return fail_absent(all, wanted, err);
    }
    *out = found;
    return CIHSM_OK;
}

cihsm_status cihsm_cf_find_instance(cihsm_cf *cf, const char *wanted, cihsm_value **out,
                                    cihsm_error *err)
{
    cihsm_error_clear(err);
    const cihsm_value *found = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = NULL;
    CIHSM_TRY(cf_instances(cf, &all, err));
    CIHSM_TRY(cf_instance_choose(all, wanted, &found, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    const char *created = cihsm_value_get_string(found, "created_at");
    CIHSM_TRY(cihsm_value_set_string(row, "name", cihsm_value_get_string(found, "name"), err));
    CIHSM_TRY(cihsm_value_set_string(row, "guid", cihsm_value_get_string(found, "guid"), err));
    CIHSM_TRY(cihsm_value_set_string(row, "created", created, err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}
