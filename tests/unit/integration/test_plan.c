/* SPDX-License-Identifier: Apache-2.0 */
/* What a query may ask of which set, by docs/sap-contract.md section 4.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/capability.h"
#include "integration/plan.h"

#define MARCH 1772375400000LL /* 2026-03-01T14:30:00Z */

static const integration_catalogue *catalogue(void)
{
    const integration_catalogue *found = NULL;
    assert_int_equal(integration_catalogue_get(&found, NULL), CIHSM_OK);
    return found;
}

/* A query with one option. */
static cihsm_query query_of(const char *option, const char *value)
{
    static const cihsm_parameter ID = {.name = "id", .value = "x"};
    static const cihsm_window SINCE = {.since_ms = MARCH, .until_ms = CIHSM_TIME_MAX};
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = strcmp(option, "filter") == 0 ? value : NULL;
    query.select = strcmp(option, "select") == 0 ? value : NULL;
    query.expand = strcmp(option, "expand") == 0 ? value : NULL;
    query.orderby = strcmp(option, "orderby") == 0 ? value : NULL;
    query.top = strcmp(option, "top") == 0 ? 5 : -1;
    query.skip = strcmp(option, "skip") == 0 ? 5 : -1;
    query.inlinecount = strcmp(option, "inlinecount") == 0;
    query.window = strcmp(option, "since") == 0 ? &SINCE : NULL;
    query.parameters = &ID;
    query.parameter_count = strcmp(option, "id") == 0 ? 1 : 0;
    return query;
}

typedef struct plan_row {
    const char *path;
    const char *option;
    const char *value;
    const char *says; /* NULL: sent as it is */
} plan_row;

static const plan_row ROWS[] = {
    {"DataStores", "", NULL, NULL},
    {"DataStores", "filter", "Type eq ''", "DataStores takes no $filter: read all entries"},
    {"DataStores", "since", NULL, "takes no $filter, so no time window"},
    {"DataStores/$count", "filter", "Type eq ''", "DataStores takes no $filter"},
    {"DataStores", "orderby", "Type", "takes no $orderby: sort what is printed"},
    {"DataStores", "skip", NULL, "takes no $skip"},
    {"DataStores", "expand", "Entries", "takes no $expand: read the navigation"},
    {"DataStores", "inlinecount", NULL, "takes no $inlinecount: use \"cihsm count\""},
    {"DataStores('x')/Entries", "filter", "Id eq '1'", "DataStoreEntries takes no $filter"},
    {"Variables", "filter", "Visibility eq 'x'", "Variables takes no $filter"},
    {"Variables", "orderby", "Visibility", "--unchecked sends it all the same"},
    {"SecureParameters", "filter", "Name eq 'x'", "SecureParameters takes no $filter"},
    {"SecureParameters", "orderby", "Name", NULL},
    {"NumberRanges", "filter", "Name eq 'x'", NULL},
    {"Nothing", "filter", "gt", NULL},
    {"https://host/api/v1/DataStores", "filter", "x", NULL},

    {"MessageProcessingLogs", "orderby", "Sender", NULL},
    {"MessageProcessingLogs", "filter", "MessageGuid eq 'a'", NULL},
    {"MessageProcessingLogs", "filter", "MessageGuid gt 'a'", "compared by eq only"},
    {"MessageProcessingLogs", "filter", "Status eq 'x' and CorrelationId ne 'a'", "by eq only"},
    {"MessageProcessingLogs", "filter", "Status eq 'MessageGuid gt 1'", NULL},
    {"MessageProcessingLogCustomHeaderProperties", "orderby", "Name,Value", NULL},
    {"MessageProcessingLogCustomHeaderProperties", "orderby", "Name desc, Value desc", NULL},
    {"MessageProcessingLogCustomHeaderProperties", "orderby", "Name", "\"Name,Value\" or"},
    {"MessageProcessingLogCustomHeaderProperties", "orderby", "Value,Name", "only"},
    {"MessageProcessingLogs('x')/CustomHeaderProperties", "orderby", "Name desc,Value", "only"},

    {"IntegrationDesigntimeArtifacts", "", NULL, "no list of all; read IntegrationPackages('ID')"},
    {"IntegrationDesigntimeArtifacts/$count", "", NULL, "no list of all"},
    {"IntegrationDesigntimeArtifacts(Id='x',Version='active')", "", NULL, NULL},
    {"IntegrationPackages('x')/IntegrationDesigntimeArtifacts", "", NULL, NULL},
    {"IntegrationRuntimeArtifacts", "filter", "Id eq 'a' or Id eq 'b'", NULL},
    {"IntegrationRuntimeArtifacts", "filter", "substringof('(', Name) or Id eq 'b'", NULL},
    {"IntegrationRuntimeArtifacts", "filter", "Id eq 'a' and Name eq 'b'", "by \"or\" only"},
    {"IntegrationRuntimeArtifacts", "filter", "(Id eq 'a')", "without \"and\" and parentheses"},
    {"IntegrationRuntimeArtifacts", "filter", "Id eq 'a' or (Id eq 'b')", "parentheses"},
    {"IntegrationRuntimeArtifacts", "filter", "DeployedOn gt datetime'2026-03-01T00:00:00'",
     "DeployedOn cannot be filtered by"},
    {"IntegrationRuntimeArtifacts", "since", NULL, "no usual time property"},
    {"IntegrationDesigntimeArtifacts(Id='x',Version='1')/Configurations", "filter",
     "ParameterKey ne 'x'", NULL},
    {"IntegrationDesigntimeArtifacts(Id='x',Version='1')/Configurations", "filter",
     "ParameterKey gt 'x'", "Configurations: --filter takes eq, ne, substringof"},
    {"IntegrationDesigntimeArtifacts(Id='x',Version='1')/Resources", "filter", "Name le 'x'",
     "Resources: --filter takes"},
    {"ValueMappingDesigntimeArtifacts(Id='x',Version='1')/ValMapSchema", "filter",
     "State eq 'Configured'", NULL},
    {"ValueMappingDesigntimeArtifacts(Id='x',Version='1')/ValMapSchema", "filter",
     "State eq 'Other'", "State eq 'Configured'"},

    {"AlternativePartners", "filter", "Agency eq 'a'", NULL},
    {"AlternativePartners", "filter", "Hexagency eq '61'", "filter by Agency, Scheme and Id"},
    {"AuthorizedUsers", "filter", "User eq 'max'", NULL},
    {"AuthorizedUsers", "filter", "User eq 'Max'", "in lower case"},
    {"AuthorizedUsers('Max')", "", NULL, "in lower case"},
    {"AuthorizedUsers('max')", "", NULL, NULL},
    {"AuthorizedUsers", "filter", "Pid eq 'SAP'", NULL},
    {"UserCredentialParameters", "", NULL, "--filter \"Pid eq 'PARTNER'\""},
    {"UserCredentialParameters", "filter", "Id eq 'Pid'", "needs a partner"},
    {"UserCredentialParameters", "filter", "Pid eq 'P'", NULL},
    {"UserCredentialParameters(Pid='P',Id='I')", "", NULL, NULL},
    {"CertificateUserMappings", "filter", "User eq 'x'", NULL},
    {"CertificateUserMappings", "filter", "Id eq 'x'", "the property User only"},
    {"AccessPolicies", "filter", "RoleName eq 'x'", NULL},
    {"AccessPolicies", "filter", "RoleName ne 'x'", "compares by eq only"},
    {"AccessPolicies", "filter", "startswith(RoleName, 'x')", "compares by eq only"},
    {"AccessPolicies(1)/ArtifactReferences", "filter", "Id gt 1L", "ArtifactReferences: --filter"},
    {"GenericIdempotentRepositoryEntries", "", NULL, "--query id=ID"},
    {"GenericIdempotentRepositoryEntries", "id", NULL, NULL},
    {"IdempotentRepositoryEntries", "filter", "id eq '1'", "--query id=ID"},
};

static void refuses_what_the_set_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const plan_row *row = &ROWS[i];
        cihsm_query query = query_of(row->option, row->value);
        CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
        cihsm_error err = {0};
        const cihsm_status status =
            integration_plan_make(catalogue(), row->path, &query, &plan, &err);
        const bool is_right =
            row->says == NULL ? status == CIHSM_OK && plan.note == NULL
                              : status == CIHSM_E_USAGE && strstr(err.message, row->says) != NULL;
        if (!is_right) {
            fail_msg("%s %s %s: %s", row->path, row->option, row->value, err.message);
        }
    }
}

static void sends_everything_if_told_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_query query = query_of(ROWS[i].option, ROWS[i].value);
        query.is_unchecked = true;
        CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
        if (query.window == NULL) {
            assert_int_equal(integration_plan_make(catalogue(), ROWS[i].path, &query, &plan, NULL),
                             CIHSM_OK);
            assert_string_equal(plan.path, ROWS[i].path);
            assert_ptr_equal(plan.query.filter, query.filter);
        }
    }
}

static void does_here_what_the_set_cannot(void **state)
{
    (void)state;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = 3;
    query.select = "Type";
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    assert_int_equal(integration_plan_make(catalogue(), "DataStores", &query, &plan, NULL),
                     CIHSM_OK);
    assert_int_equal(plan.top, 3);
    assert_string_equal(plan.select, "Type");
    assert_int_equal(plan.query.top, -1);
    assert_null(plan.query.select);
    assert_string_equal(plan.note,
                        "the set DataStores takes no $top and no $select: applied to the "
                        "answer instead");
    query.select = NULL;
    CIHSM_AUTO(integration_plan_free) integration_plan other = {0};
    assert_int_equal(integration_plan_make(catalogue(), "SecureParameters", &query, &other, NULL),
                     CIHSM_OK);
    assert_int_equal(other.top, 3);
    CIHSM_AUTO(integration_plan_free) integration_plan sent = {0};
    assert_int_equal(integration_plan_make(catalogue(), "NumberRanges", &query, &sent, NULL),
                     CIHSM_OK);
    assert_int_equal(sent.top, -1);
    assert_int_equal(sent.query.top, 3);
    assert_null(sent.note);
}

static void a_query_may_be_left_out(void **state)
{
    (void)state;
    CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
    assert_int_equal(integration_plan_make(catalogue(), "AccessPolicies(1)", NULL, &plan, NULL),
                     CIHSM_OK);
    assert_string_equal(plan.path, "AccessPolicies(1L)");
    assert_int_equal(plan.query.top, -1);
}

typedef struct window_row {
    const char *path;
    const char *property;
    const char *filter; /* of the plan; or the error */
    bool is_refused;
} window_row;

static const window_row WINDOWS[] = {
    {"MessageProcessingLogs", NULL, "LogEnd ge datetime'2026-03-01T14:30:00'", false},
    {"MessageProcessingLogs/$count", NULL, "LogEnd ge datetime'2026-03-01T14:30:00'", false},
    {"MessageProcessingLogs", "LogStart", "LogStart ge datetime'2026-03-01T14:30:00'", false},
    {"MessageProcessingLogs('x')/Runs", NULL, "RunStart ge datetime'2026-03-01T14:30:00'", false},
    {"LogFiles", NULL, "LastModified ge datetimeoffset'2026-03-01T14:30:00Z'", false},
    {"Nothing", "When", "When ge datetime'2026-03-01T14:30:00'", false},
    {"MessageProcessingLogs", "Unheard", "Unheard ge datetime'2026-03-01T14:30:00'", false},
    {"Nothing", NULL, "this path has no usual time property: name one with --time-property", true},
    {"UserCredentials", NULL, "UserCredentials has no usual time property", true},
    {"MessageProcessingLogs", "Status", "Edm.String of MessageProcessingLogs is no time", true},
    {"MessageProcessingLogs", "", "is no name of a property", true},
    {"MessageProcessingLogs", "1 eq 1 or LogEnd", "is no name of a property", true},
};

static void makes_a_filter_of_a_window(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WINDOWS / sizeof *WINDOWS; i++) {
        const window_row *row = &WINDOWS[i];
        const cihsm_window window = {
            .since_ms = MARCH, .until_ms = CIHSM_TIME_MAX, .property = row->property};
        cihsm_query query = CIHSM_QUERY_INIT;
        query.window = &window;
        CIHSM_AUTO(integration_plan_free) integration_plan plan = {0};
        cihsm_error err = {0};
        const cihsm_status status =
            integration_plan_make(catalogue(), row->path, &query, &plan, &err);
        assert_int_equal(status, row->is_refused ? CIHSM_E_USAGE : CIHSM_OK);
        if (row->is_refused) {
            assert_non_null(strstr(err.message, row->filter));
        } else {
            assert_string_equal(plan.query.filter, row->filter);
            assert_null(plan.query.window);
        }
    }
}

static void advises_against_ids_among_other_conditions(void **state)
{
    (void)state;
    static const char *const ADVISED[] = {
        "MessageGuid eq 'a' and Status eq 'FAILED'",
        "(CorrelationId eq 'a') and LogEnd ge datetime'2026-03-01T00:00:00'",
    };
    static const char *const FINE[] = {
        "MessageGuid eq 'a'",
        "CorrelationId eq 'a' or (ApplicationMessageId eq 'b')",
        "Status eq 'MessageGuid and Status'",
    };
    const integration_target target = integration_target_of(catalogue(), "MessageProcessingLogs");
    cihsm_query query = CIHSM_QUERY_INIT;
    for (size_t i = 0; i < sizeof ADVISED / sizeof *ADVISED; i++) {
        query.filter = ADVISED[i];
        assert_non_null(integration_advice(&target, &query));
    }
    for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++) {
        query.filter = FINE[i];
        assert_null(integration_advice(&target, &query));
    }
}

typedef struct target_row {
    const char *path;
    const char *set;
    bool is_list;
    bool is_root;
} target_row;

static void knows_where_a_path_leads(void **state)
{
    (void)state;
    static const target_row TARGETS[] = {
        {"DataStores", "DataStores", true, true},
        {"/DataStores/$count", "DataStores", true, true},
        {"DataStores(DataStoreName='x')", "DataStores", false, true},
        {"DataStores('x')/Entries", "DataStoreEntries", true, false},
        {"MessageProcessingLogs('x')/ErrorInformation", "MessageProcessingLogErrorInformations",
         false, false},
        {"MessageProcessingLogs('x')/Status/$value", "MessageProcessingLogs", false, false},
        {"MessageProcessingLogs('x')/Nowhere", NULL, false, false},
        {"Nothing", NULL, true, true},
        {"", NULL, false, false},
        {"https://host/api/v1/DataStores", NULL, false, false},
    };
    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++) {
        const integration_target found = integration_target_of(catalogue(), TARGETS[i].path);
        assert_true(text_equal(found.set, TARGETS[i].set));
        assert_int_equal(found.is_list, TARGETS[i].is_list);
        assert_int_equal(found.is_root, TARGETS[i].is_root);
    }
}

static void usual_time_properties_are_times(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < integration_set_count(catalogue()); i++) {
        const char *set = integration_set_name(catalogue(), i);
        const char *property = integration_time_property(set);
        if (property != NULL) {
            found++;
            const char *type = integration_property_type(catalogue(), set, property);
            assert_non_null(type);
            assert_true(text_starts(type, "Edm.DateTime"));
        }
    }
    assert_int_equal(found, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_the_set_refuses),
        cmocka_unit_test(sends_everything_if_told_so),
        cmocka_unit_test(does_here_what_the_set_cannot),
        cmocka_unit_test(a_query_may_be_left_out),
        cmocka_unit_test(makes_a_filter_of_a_window),
        cmocka_unit_test(advises_against_ids_among_other_conditions),
        cmocka_unit_test(knows_where_a_path_leads),
        cmocka_unit_test(usual_time_properties_are_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
