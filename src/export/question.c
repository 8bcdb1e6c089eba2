/* SPDX-License-Identifier: Apache-2.0 */
#include "export/question.h"

#include <string.h>

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

cihsm_status export_manner_of(const export_plan *plan, const cihsm_export_options *options,
                              export_manner *out, cihsm_error *err)
{
    const cihsm_window window = window_of(plan, (export_span){0, 1});
    cihsm_query query = query_of(plan, &window);
    query.select = plan->select;
    query.expand = plan->expand;
    query.parameters = options->parameters;
    query.parameter_count = options->parameter_count;
    query.is_unchecked = plan->is_unchecked;
    CIHSM_AUTO(integration_plan_free) integration_plan plain = {0};
    CIHSM_TRY(prepare(plan->set, &query, &plain, err));
    *out = (export_manner){.selects_here = plain.select != NULL};
    if (plan->property == NULL) {
        return CIHSM_OK;
    }
    query.orderby = plan->property;
    query.is_unchecked = false; /* nobody asked for an order */
    CIHSM_AUTO(integration_plan_free) integration_plan ordered = {0};
    cihsm_error refused = {0};
    out->has_order = prepare(plan->set, &query, &ordered, &refused) == CIHSM_OK;
    return CIHSM_OK;
}

/* The tenant's own options stand behind those of OData. */
static cihsm_status add_own(const export_plan *plan, char **url, cihsm_error *err)
{
    if (plan->query == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *plain = CIHSM_MOVE(*url);
    return text_format(url, err, "%s%c%s", plain, strchr(plain, '?') == NULL ? '?' : '&',
                       plan->query);
}

cihsm_status export_question_url(const char *root, const export_plan *plan,
                                 const export_manner *manner, export_span span, bool counts,
                                 char **out, cihsm_error *err)
{
    const cihsm_window window = window_of(plan, span);
    cihsm_query query = query_of(plan, &window);
    query.is_unchecked = true; /* export_manner_of did */
    if (!counts) {
        query.select = manner->selects_here ? NULL : plan->select;
        query.expand = plan->expand;
        query.orderby = manner->has_order ? plan->property : NULL;
    }
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_AUTO(integration_plan_free) integration_plan ready = {0};
    CIHSM_TRY(text_format(&path, err, counts ? "%s/$count" : "%s", plan->set));
    CIHSM_TRY(prepare(path, &query, &ready, err));
    CIHSM_TRY(odata_uri_build(root, ready.path, &ready.query, &url, err));
    CIHSM_TRY(add_own(plan, &url, err));
    *out = CIHSM_MOVE(url);
    return CIHSM_OK;
}
