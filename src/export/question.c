/* SPDX-License-Identifier: Apache-2.0 */
#include "export/question.h"

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/time.h"
#include "integration/plan.h"
#include "odata/uri.h"

static cihsm_window window_of(const export_plan *plan, export_span span)
{
    return (cihsm_window){
        .since_ms = span.from_s * 1000, .until_ms = span.to_s * 1000, .property = plan->property};
}

/* @param window  borrowed by the query */
static cihsm_query query_of(const export_plan *plan, const cihsm_window *window)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = plan->filter;
    query.window = plan->property == NULL ? NULL : window;
    return query;
}

static cihsm_status prepare(const char *path, const cihsm_query *query, integration_plan *out,
                            cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    return integration_plan_make(catalogue, path, query, out, err);
}

cihsm_status export_manner_of(const export_plan *plan, export_manner *out, cihsm_error *err)
{
    const cihsm_window window = window_of(plan, (export_span){0, 1});
    cihsm_query query = query_of(plan, &window);
    query.select = plan->select;
    query.expand = plan->expand;
    CIHSM_AUTO(integration_plan_free) integration_plan plain = {0};
    CIHSM_TRY(prepare(plan->set, &query, &plain, err));
    *out = (export_manner){.selects_here = plain.select != NULL};
    if (plan->property == NULL) {
        return CIHSM_OK;
    }
    query.orderby = plan->property;
    CIHSM_AUTO(integration_plan_free) integration_plan ordered = {0};
    cihsm_error refused = {0};
    out->has_order = prepare(plan->set, &query, &ordered, &refused) == CIHSM_OK;
    return CIHSM_OK;
}

cihsm_status export_question_url(const char *root, const export_plan *plan,
                                 const export_manner *manner, export_span span, bool counts,
                                 char **out, cihsm_error *err)
{
    const cihsm_window window = window_of(plan, span);
    cihsm_query query = query_of(plan, &window);
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, counts ? "%s/$count" : "%s", plan->set));
    if (!counts) {
        query.select = plan->select;
        query.expand = plan->expand;
        query.orderby = manner->has_order ? plan->property : NULL;
    }
    CIHSM_AUTO(integration_plan_free) integration_plan ready = {0};
    CIHSM_TRY(prepare(path, &query, &ready, err));
    return odata_uri_build(root, ready.path, &ready.query, out, err);
}
