/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading: GET requests of a client and their results.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/client.h"
#include "cihsm/scope.h"
#include "client/session.h"
#include "integration/catalogue.h"
#include "integration/plan.h"
#include "odata/service.h"
#include "odata/uri.h"

static cihsm_status make_plan(const char *path, const cihsm_query *query, integration_plan *out,
                              cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    return integration_plan_make(catalogue, path, query, out, err);
}

cihsm_status cihsm_query_check(const char *path, const cihsm_query *query, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    CIHSM_TRY(make_plan(path, query, &plan, err));
    CIHSM_AUTO(text_free) char *url = NULL;
    const bool is_absolute = text_starts(path, "https://");
    return odata_uri_build("https://tenant.invalid/api/v1/", is_absolute ? "/" : plan.path,
                           &plan.query, &url, err);
}

/* The client's service with what it does for a set that does not, which the log tells. */
static odata_service service_of(const cihsm_client *client, const integration_plan *plan)
{
    odata_service service = *client_service(client);
    service.narrow = (odata_narrow){plan->select, plan->top >= 0, plan->top};
    if (plan->note != NULL) {
        log_line(service.log, CIHSM_LOG_WARN, "query", "%s", plan->note);
    }
    return service;
}

/* cihsm_result is the OData layer's result under its public name. */
static odata_result *result_of(cihsm_result *result)
{
    return (odata_result *)result;
}

static const odata_result *const_result_of(const cihsm_result *result)
{
    return (const odata_result *)result;
}

cihsm_status cihsm_client_get(cihsm_client *client, const char *path, const cihsm_query *query,
                              cihsm_result **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    CIHSM_TRY(make_plan(path, query, &plan, err));
    const odata_service service = service_of(client, &plan);
    odata_result *result = NULL;
    CIHSM_TRY(odata_result_open(&service, plan.path, &plan.query, &result, err));
    *out = (cihsm_result *)result;
    return CIHSM_OK;
}

cihsm_status cihsm_stream_check(const char *path, const cihsm_query *query,
                                const cihsm_stream_options *options, cihsm_error *err)
{
    static const cihsm_query NONE = CIHSM_QUERY_INIT;
    if (options == NULL || options->page_size <= 0) {
        return cihsm_query_check(path, query, err);
    }
    /* pages by the client are $top and $skip, whatever the query itself has */
    cihsm_query paged = query == NULL ? NONE : *query;
    paged.skip = paged.skip < 0 ? 0 : paged.skip;
    return cihsm_query_check(path, &paged, err);
}

cihsm_status cihsm_client_stream(cihsm_client *client, const char *path, const cihsm_query *query,
                                 const cihsm_stream_options *options, cihsm_result **out,
                                 cihsm_error *err)
{
    cihsm_error_clear(err);
    if (options != NULL && options->page_size > 0) {
        CIHSM_TRY(cihsm_stream_check(path, query, options, err));
    }
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    CIHSM_TRY(make_plan(path, query, &plan, err));
    const odata_service service = service_of(client, &plan);
    odata_result *result = NULL;
    CIHSM_TRY(odata_result_stream(&service, plan.path, &plan.query, options, &result, err));
    *out = (cihsm_result *)result;
    return CIHSM_OK;
}

/* The path with "/$count" behind it, unless it has that. */
static cihsm_status count_path(const char *path, char **out, cihsm_error *err)
{
    static const char COUNT[] = "/$count";
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0 || odata_uri_is_absolute(path)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.120s\" cannot be counted: give the path of an entity set, for "
                                "example MessageProcessingLogs",
                                path);
    }
    const size_t tail = sizeof COUNT - 1;
    const bool has_count = len > tail && strncmp(path + len - tail, COUNT, tail) == 0;
    return text_format(out, err, "%.*s%s", (int)len, path, has_count ? "" : COUNT);
}

cihsm_status cihsm_count_check(const char *path, const cihsm_query *query, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(text_free) char *counted = NULL;
    CIHSM_TRY(count_path(path, &counted, err));
    return cihsm_query_check(counted, query, err);
}

/* The digits of an answer to $count, and nothing else. */
static cihsm_status read_count(const char *bytes, size_t len, int64_t *out, cihsm_error *err)
{
    static const char BLANKS[] = " \r\n";
    const size_t digits = strspn(bytes, "0123456789");
    if (digits == 0 || digits > 18 || digits + strspn(bytes + digits, BLANKS) != len) {
        return cihsm_fail_plain(
            err, CIHSM_E_PROTOCOL,
            "the tenant's answer to $count (%zu bytes) is no number: \"%.60s\"; "
            "try again, and tell the operator of the tenant if it stays",
            len, bytes);
    }
    *out = strtoll(bytes, NULL, 10);
    return CIHSM_OK;
}

cihsm_status cihsm_client_count(cihsm_client *client, const char *path, const cihsm_query *query,
                                int64_t *out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(text_free) char *counted = NULL;
    CIHSM_TRY(count_path(path, &counted, err));
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_TRY(cihsm_client_get(client, counted, query, &result, err));
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    return read_count(bytes, len, out, err);
}

cihsm_result_kind cihsm_result_what(const cihsm_result *result)
{
    return odata_result_what(const_result_of(result));
}

const cihsm_value *cihsm_result_value(const cihsm_result *result)
{
    return odata_result_value(const_result_of(result));
}

const char *cihsm_result_bytes(const cihsm_result *result, size_t *len)
{
    return odata_result_bytes(const_result_of(result), len);
}

cihsm_status cihsm_result_entry(cihsm_result *result, const cihsm_value **entry, cihsm_error *err)
{
    cihsm_error_clear(err);
    return odata_result_entry(result_of(result), entry, err);
}

cihsm_status cihsm_result_next_entry(cihsm_result *result, const cihsm_value **entry,
                                     cihsm_error *err)
{
    cihsm_error_clear(err);
    return odata_result_next_entry(result_of(result), entry, err);
}

const char *cihsm_result_count(const cihsm_result *result)
{
    return odata_result_count(const_result_of(result));
}

bool cihsm_result_has_more(const cihsm_result *result)
{
    return odata_result_has_more(const_result_of(result));
}

cihsm_status cihsm_result_next(cihsm_result *result, cihsm_error *err)
{
    cihsm_error_clear(err);
    return odata_result_next(result_of(result), err);
}

void cihsm_result_free(cihsm_result **result)
{
    if (result != NULL && *result != NULL) {
        odata_result *owned = result_of(*result);
        odata_result_free(&owned);
        *result = NULL;
    }
}
