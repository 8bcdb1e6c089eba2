/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/capability.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "odata/path.h"
#include "odata/uri.h"

/* Takes the next segment of a path; false at one that leads to no entries. */
static bool follow(const integration_catalogue *catalogue, const cihsm_value **resource,
                   const odata_segment *segment, integration_target *target)
{
    const cihsm_value *before = *resource;
    if (!integration_follow(catalogue, resource, segment)) {
        return false;
    }
    if (segment->name[0] == '$') {
        return true; /* $count and $links belong to what they stand behind */
    }
    target->is_root = false;
    target->is_list =
        !segment->has_key && integration_is_collection(before, segment->name, segment->name_len);
    return *resource != NULL;
}

integration_target integration_target_of(const integration_catalogue *catalogue, const char *path)
{
    integration_target target = {0};
    odata_segment segment;
    const char *cursor = path;
    if (odata_uri_is_absolute(path) || !odata_path_next(&cursor, &segment)) {
        return target;
    }
    const cihsm_value *resource = integration_set(catalogue, &segment);
    target.is_list = !segment.has_key;
    target.is_root = true;
    while (resource != NULL && odata_path_next(&cursor, &segment)) {
        if (!follow(catalogue, &resource, &segment, &target)) {
            return (integration_target){0};
        }
    }
    target.set = cihsm_value_get_string(resource, "entity_set");
    return target;
}

/* How a query has an option, and what serves instead. */
typedef struct option_row {
    const char *name; /* in the catalogue */
    const char *instead;
} option_row;

enum { FILTER, SELECT, EXPAND, ORDERBY, TOP, SKIP, INLINECOUNT, OPTION_COUNT };

static const option_row OPTIONS[OPTION_COUNT] = {
    [FILTER] = {"$filter", "read all entries and choose among them, for example with jq"},
    [SELECT] = {"$select", "leave --select out"},
    [EXPAND] = {"$expand", "read the navigation by its own path"},
    [ORDERBY] = {"$orderby", "sort what is printed, for example with jq"},
    [TOP] = {"$top", "leave --top out"},
    [SKIP] = {"$skip", "leave --skip out"},
    [INLINECOUNT] = {"$inlinecount", "use \"cihsm count\""},
};

static bool has_option(const cihsm_query *query, size_t option)
{
    switch (option) {
    case FILTER:
        return query->filter != NULL || query->window != NULL;
    case SELECT:
        return query->select != NULL;
    case EXPAND:
        return query->expand != NULL;
    case ORDERBY:
        return query->orderby != NULL;
    case TOP:
        return query->top >= 0;
    case SKIP:
        return query->skip >= 0;
    default:
        return query->inlinecount;
    }
}

/* SAP's lists of what a set refuses are examples in part, so a set that refuses something is not
 * trusted with what can as well be done here. */
static bool is_done_here(const cihsm_value *refused, const integration_target *target,
                         size_t option)
{
    return cihsm_value_count(refused) > 0 &&
           (option == SELECT || (option == TOP && target->is_list));
}

static bool refuses(const cihsm_value *options, const char *name)
{
    const cihsm_value *one = cihsm_value_first(options);
    while (one != NULL && !text_equal(cihsm_value_string(one), name)) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

cihsm_status integration_options_check(const integration_catalogue *catalogue,
                                       const integration_target *target, const cihsm_query *query,
                                       integration_local *out, cihsm_error *err)
{
    *out = (integration_local){0};
    if (target->set == NULL) {
        return CIHSM_OK;
    }
    const cihsm_value *refused =
        cihsm_value_get(integration_resource(catalogue, target->set), "query_options_unsupported");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!has_option(query, i)) {
            continue;
        }
        if (is_done_here(refused, target, i)) {
            out->has_select = out->has_select || i == SELECT;
            out->has_top = out->has_top || i == TOP;
        } else if (refuses(refused, OPTIONS[i].name)) {
            return cihsm_fail_plain(
                err, CIHSM_E_USAGE,
                "the set %s takes no %s%s: %s; --unchecked sends it all the same", target->set,
                OPTIONS[i].name, query->window != NULL && i == FILTER ? ", so no time window" : "",
                OPTIONS[i].instead);
        }
    }
    return CIHSM_OK;
}

typedef struct time_row {
    const char *set;
    const char *property;
} time_row;

/* MessageProcessingLogs by the examples of SAP's documentation; the others have one time that says
 * when the entry was made or last changed, and a documented $filter. */
static const time_row TIMES[] = {
    {"MessageProcessingLogs", "LogEnd"},
    {"MessageProcessingLogRuns", "RunStart"},
    {"MessageProcessingLogRunSteps", "StepStart"},
    {"MessageProcessingLogAttachments", "TimeStamp"},
    {"MessageStoreEntries", "TimeStamp"},
    {"ArchivingKeyPerformanceIndicators", "RunStart"},
    {"ServiceEndpoints", "LastUpdated"},
    {"StringParameters", "LastModifiedTime"},
    {"BinaryParameters", "LastModifiedTime"},
    {"AlternativePartners", "LastModifiedTime"},
    {"AuthorizedUsers", "LastModifiedTime"},
    {"UserCredentialParameters", "LastModifiedTime"},
    {"LogFiles", "LastModified"},
    {"AuditLogs", "Timestamp"},
};

const char *integration_time_property(const char *set)
{
    for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++) {
        if (text_equal(TIMES[i].set, set)) {
            return TIMES[i].property;
        }
    }
    return NULL;
}
