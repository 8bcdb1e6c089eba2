/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/plan.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "integration/address.h"
#include "integration/capability.h"
#include "odata/query.h"

static const char DATETIME[] = "Edm.DateTime";

static cihsm_status refuse_property(const char *set, const char *property, const char *type,
                                    cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "--time-property %.80s: %s of %s is no time; leave it out or name an "
                            "Edm.DateTime property",
                            property, type, set);
}

/* Which property the window is about. */
static cihsm_status choose_property(const integration_target *target, const cihsm_window *window,
                                    const char **out, cihsm_error *err)
{
    static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/";
    *out = window->property == NULL ? integration_time_property(target->set) : window->property;
    if (*out == NULL) {
        return cihsm_fail_plain(
            err, CIHSM_E_USAGE, "%s%s has no usual time property: name one with --time-property",
            target->set == NULL ? "this path" : "the set ", target->set == NULL ? "" : target->set);
    }
    if (**out == '\0' || (*out)[strspn(*out, NAME)] != '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "--time-property \"%.80s\" is no name of a property", *out);
    }
    return CIHSM_OK;
}

static cihsm_status write_window(const integration_catalogue *catalogue,
                                 const integration_target *target, integration_plan *plan,
                                 cihsm_error *err)
{
    const cihsm_window *window = plan->query.window;
    const char *property = NULL;
    CIHSM_TRY(choose_property(target, window, &property, err));
    const char *type =
        target->set == NULL ? NULL : integration_property_type(catalogue, target->set, property);
    if (type != NULL && !text_starts(type, DATETIME)) {
        return refuse_property(target->set, property, type, err);
    }
    CIHSM_TRY(odata_window_filter(&plan->query, property, type == NULL ? DATETIME : type,
                                  &plan->filter, err));
    plan->query.filter = plan->filter;
    plan->query.window = NULL;
    return CIHSM_OK;
}

/* What the set refuses is not sent. */
static cihsm_status keep_here(const integration_target *target, const integration_local *local,
                              integration_plan *plan, cihsm_error *err)
{
    if (local->has_select) {
        plan->select = plan->query.select;
        plan->query.select = NULL;
    }
    if (local->has_top) {
        plan->top = plan->query.top;
        plan->query.top = -1;
    }
    if (!local->has_select && !local->has_top) {
        return CIHSM_OK;
    }
    return text_format(
        &plan->note, err, "the set %s takes no %s%s%s: applied to the answer instead", target->set,
        local->has_top ? "$top" : "", local->has_top && local->has_select ? " and no " : "",
        local->has_select ? "$select" : "");
}

static cihsm_status check(const integration_catalogue *catalogue, const char *path,
                          integration_plan *plan, cihsm_error *err)
{
    const integration_target target = integration_target_of(catalogue, path);
    integration_local local;
    CIHSM_TRY(integration_options_check(catalogue, &target, &plan->query, &local, err));
    if (plan->query.window != NULL) {
        CIHSM_TRY(write_window(catalogue, &target, plan, err));
    }
    CIHSM_TRY(integration_address(catalogue, path, &plan->path, err));
    CIHSM_TRY(integration_rules_check(&target, plan->path, &plan->query, err));
    CIHSM_TRY(keep_here(&target, &local, plan, err));
    const char *advice = integration_advice(&target, &plan->query);
    return advice == NULL ? CIHSM_OK : text_set(&plan->note, advice, err);
}

cihsm_status integration_plan_make(const integration_catalogue *catalogue, const char *path,
                                   const cihsm_query *query, integration_plan *out,
                                   cihsm_error *err)
{
    static const cihsm_query NONE = CIHSM_QUERY_INIT;
    *out = (integration_plan){.query = query == NULL ? NONE : *query, .top = -1};
    if (!out->query.is_unchecked) {
        return check(catalogue, path, out, err);
    }
    if (out->query.window != NULL) {
        const integration_target target = integration_target_of(catalogue, path);
        CIHSM_TRY(write_window(catalogue, &target, out, err));
    }
    return text_set(&out->path, path, err);
}

void integration_plan_free(integration_plan *plan)
{
    text_free(&plan->path);
    text_free(&plan->filter);
    text_free(&plan->note);
}
