/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/catalogue.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "integration/hint.h"
#include "odata/tidy.h"

static const integration_catalogue *catalogue(void)
{
    const integration_catalogue *found = NULL;
    assert_int_equal(integration_catalogue_get(&found, NULL), CIHSM_OK);
    assert_non_null(found);
    return found;
}

static void is_read_once(void **state)
{
    (void)state;
    assert_ptr_equal(catalogue(), catalogue());
}

static void lists_all_sets_and_no_function_imports(void **state)
{
    (void)state;
    const integration_catalogue *all = catalogue();
    assert_int_equal(integration_set_count(all), 105);
    assert_string_equal(integration_set_name(all, 0), "MessageProcessingLogs");
    for (size_t i = 0; i < integration_set_count(all); i++) {
        assert_non_null(integration_set_name(all, i));
    }
    assert_null(integration_set_name(all, 105));
}

typedef struct type_row {
    const char *owner;
    const char *property;
    const char *type;
} type_row;

static const type_row TYPES[] = {
    {"MessageProcessingLogs", "LogStart", "Edm.DateTime"},
    {"MessageProcessingLog", "LogStart", "Edm.DateTime"},
    {"com.sap.hci.api.MessageProcessingLog", "LogStart", "Edm.DateTime"},
    {"com.sap.hci.api.pd.model.UserCredentialParameter", "CreatedTime", "Edm.DateTime"},
    {"pd.StringParameter", "Value", "Edm.String"},
    {"MessageProcessingLogs", "LastChangeTime", "Edm.Int64"},
    {"MessageProcessingLogs", "IntegrationArtifact", "IntegrationArtifact"},
    {"MessageProcessingLogs", "logstart", NULL},
    {"MessageProcessingLogs", "", NULL},
    {"BusinessDocuments", "Id", NULL},
    {"Nothing", "Id", NULL},
    {"", "Id", NULL},
    {"a.", "Id", NULL},
};

static void knows_types_by_set_and_by_entity_type(void **state)
{
    (void)state;
    const odata_type_fn type_of = integration_property_type;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        assert_true(
            text_equal(type_of(catalogue(), TYPES[i].owner, TYPES[i].property), TYPES[i].type));
    }
}

static void knows_keys_in_their_order(void **state)
{
    (void)state;
    const cihsm_value *key = cihsm_value_first(integration_keys(catalogue(), "StringParameters"));
    assert_string_equal(cihsm_value_get_string(key, "name"), "Pid");
    key = cihsm_value_next(key);
    assert_string_equal(cihsm_value_get_string(key, "name"), "Id");
    assert_null(cihsm_value_next(key));
    assert_null(integration_keys(catalogue(), "BusinessDocuments"));
    assert_null(integration_keys(catalogue(), "Nothing"));
}

typedef struct path_row {
    const char *path;
    const char *set;
} path_row;

static const path_row PATHS[] = {
    {"MessageProcessingLogs", "MessageProcessingLogs"},
    {"/MessageProcessingLogs('x')", "MessageProcessingLogs"},
    {"MessageProcessingLogs/$count", "MessageProcessingLogs"},
    {"MessageProcessingLogs('x')/Status/$value", "MessageProcessingLogs"},
    {"MessageProcessingLogs('x')/Attachments", "MessageProcessingLogAttachments"},
    {"MessageProcessingLogs('x')/Runs('a)/b')/RunSteps", "MessageProcessingLogRunSteps"},
    {"IntegrationPackages('p')/$links/IntegrationDesigntimeArtifacts",
     "IntegrationDesigntimeArtifacts"},
    {"MessageProcessingLog", NULL}, /* a type is no set */
    {"MessageProcessingLogsX", NULL},
    {"$metadata", NULL},
    {"https://host/api/v1/MessageProcessingLogs", NULL},
    {"/", NULL},
    {"", NULL},
};

static void follows_navigations_to_the_set_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        assert_true(text_equal(integration_set_of_path(catalogue(), PATHS[i].path), PATHS[i].set));
    }
}

static void names_the_roles_that_a_refused_path_needs(void **state)
{
    (void)state;
    static const char *const ROWS[][3] = {
        {"MessageProcessingLogs", "for MessageProcessingLogs: ", "add MonitoringDataRead to it"},
        {"MessageProcessingLogs('x')/Attachments", "for MessageProcessingLogAttachments: ",
         "add MonitoringDataRead, MessagePayloadsRead to it"},
        {"BusinessDocuments", "for BusinessDocuments, ", "which one is not documented"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *hint = NULL;
        assert_int_equal(integration_hint_403(catalogue(), ROWS[i][0], &hint, NULL), CIHSM_OK);
        assert_non_null(strstr(hint, ROWS[i][1]));
        assert_non_null(strstr(hint, ROWS[i][2]));
    }
}

static void gives_no_role_where_none_is_known(void **state)
{
    (void)state;
    static const char *const UNKNOWN[] = {"Nothing", "/", "$metadata"};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        CIHSM_AUTO(text_free) char *hint = strdup("old");
        assert_int_equal(integration_hint_403(catalogue(), UNKNOWN[i], &hint, NULL), CIHSM_OK);
        assert_null(hint);
    }
    assert_null(integration_read_roles(catalogue(), "BusinessDocuments"));
}

static void suggests_names_where_a_path_begins_with_an_unknown_one(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"StringParametrs('x')/$value", "StringParametrs is not documented: did you mean "
                                        "StringParameters"},
        {"messageprocessinglogs/$count", "messageprocessinglogs is not documented: did you mean "
                                         "MessageProcessingLogs"},
        {"MessageProcessingLogs('x')", NULL},
        {"DeployIntegrationDesigntimeArtifact", NULL},
        {"QuiteAnotherThing", NULL},
        {"/", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *hint = NULL;
        assert_int_equal(integration_hint_404(catalogue(), ROWS[i][0], &hint, NULL), CIHSM_OK);
        if (ROWS[i][1] == NULL) {
            assert_null(hint);
        } else {
            assert_non_null(hint);
            assert_int_equal(strncmp(hint, ROWS[i][1], strlen(ROWS[i][1])), 0);
        }
    }
}

static void lists_the_properties_at_the_end_of_a_path(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    assert_int_equal(cihsm_catalogue_properties("MessageProcessingLogs('x')", &names, NULL),
                     CIHSM_OK);
    assert_string_equal(cihsm_value_string(cihsm_value_first(names)), "MessageGuid");
    assert_int_equal(cihsm_value_count(names), 25);
    cihsm_value_free(&names);
    assert_int_equal(cihsm_catalogue_properties("Things", &names, NULL), CIHSM_OK);
    assert_null(names);
}

static void hints_at_the_property_that_was_meant(void **state)
{
    (void)state;
    static const char *const KNOWN[][2] = {
        {"MessageProcessingLogs", "Status"},
        {"MessageProcessingLogs", "IntegrationArtifact.Id"},
        {"MessageProcessingLogs", "Attachments"},
        {"MessageProcessingLogs('x')/Runs", "RunStart"},
        {"Things", "Anything"},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        assert_int_equal(cihsm_catalogue_check_property(KNOWN[i][0], KNOWN[i][1], NULL), CIHSM_OK);
    }
    cihsm_error err = {0};
    assert_int_equal(cihsm_catalogue_check_property("MessageProcessingLogs", "Statsu", &err),
                     CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "MessageProcessingLogs has no documented property"));
    assert_non_null(strstr(err.message, "did you mean Status?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_once),
        cmocka_unit_test(lists_all_sets_and_no_function_imports),
        cmocka_unit_test(knows_types_by_set_and_by_entity_type),
        cmocka_unit_test(knows_keys_in_their_order),
        cmocka_unit_test(follows_navigations_to_the_set_at_the_end),
        cmocka_unit_test(lists_the_properties_at_the_end_of_a_path),
        cmocka_unit_test(hints_at_the_property_that_was_meant),
        cmocka_unit_test(names_the_roles_that_a_refused_path_needs),
        cmocka_unit_test(gives_no_role_where_none_is_known),
        cmocka_unit_test(suggests_names_where_a_path_begins_with_an_unknown_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
