/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cihsm/role.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "integration/nearest.h"
#include "integration/role_tasks.h"

#define TEXT_MAX 4096

static cihsm_status put(void *to, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(to, bytes, len, err);
}

/* "read documented A, read documented B" */
static void summarise(const cihsm_value *rows, buffer *out)
{
    const cihsm_value *row = cihsm_value_first(rows);
    for (; row != NULL; row = cihsm_value_next(row)) {
        const char *role = cihsm_value_get_string(row, "Role");
        CIHSM_AUTO(text_free) char *text = NULL;
        assert_int_equal(text_format(&text, NULL, "%s%s %s %s", out->len == 0 ? "" : ", ",
                                     cihsm_value_get_string(row, "Access"),
                                     cihsm_value_get_string(row, "Evidence"),
                                     role == NULL ? "-" : role),
                         CIHSM_OK);
        assert_int_equal(buffer_append_text(out, text, NULL), CIHSM_OK);
    }
}

static void assert_roles(const char *what, bool write, const char *wanted)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    cihsm_error err = {.status = CIHSM_E_STATE}; /* of an earlier call: must be cleared */
    assert_int_equal(cihsm_role_for(what, write, &rows, &err), CIHSM_OK);
    summarise(rows, &text);
    assert_string_equal(buffer_text(&text), wanted);
}

typedef struct role_case {
    const char *what;
    bool write;
    const char *wanted;
} role_case;

static const role_case RESOURCES[] = {
    {"MessageProcessingLogs", false, "read documented MonitoringDataRead"},
    {"/MessageProcessingLogs('x')/$value", false, "read documented MonitoringDataRead"},
    {"MessageProcessingLogs", true, "read documented MonitoringDataRead, write documented -"},
    {"MessageProcessingLogs('a/b')/Attachments", false,
     "read documented MonitoringDataRead, read documented MessagePayloadsRead"},
    {"com.sap.hci.api.MessageProcessingLog", false, "read documented MonitoringDataRead"},
    {"MessageProcessingLogs('x')/IntegrationArtifact/Id", false,
     "read documented MonitoringDataRead"},
    {"MessageProcessingLogs('x')/Runs", false, "read inferred MonitoringDataRead"},
    {"IntegrationPackages", true,
     "read documented WorkspacePackagesRead, write documented WorkspacePackagesEdit"},
    {"ServiceEndpoints", false, "read observed MonitoringDataRead"},
    {"ServiceEndpoints", true, "read observed MonitoringDataRead, write documented -"},
    {"EntryPoints", false, "read unknown -"},
    {"Keystores('k')/Runtimes", false, "read unknown -"},
    {"SecureParameters", true, "read inferred MonitoringDataRead, write inferred CredentialsEdit"},
    {"DeployIntegrationDesigntimeArtifact", false, "write documented WorkspaceArtifactsDeploy"},
    {"activateQueue", false, "write inferred QueuesActivate"},
    {"CancelMessageProcessingLog", false, "write unknown -"},
    {"KeyPairResources", false, "write documented SecurityMaterialEdit"}, /* has no GET */
    {"CustomTagConfigurations", true,
     "read unknown -, write documented WebToolingSettingsProductProfiles.savetenantconfiguration"},
};

static void knows_the_roles_of_resources_and_how_they_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RESOURCES / sizeof *RESOURCES; i++) {
        assert_roles(RESOURCES[i].what, RESOURCES[i].write, RESOURCES[i].wanted);
    }
}

static const role_case TASKS[] = {
    {"delete design-time locks", false, "write documented WorkspaceArtifactLocksDelete"},
    {"deploying artifacts", false, "write documented WorkspaceArtifactsDeploy"},
    {"Deploy the ARTIFACTS", true, "write documented WorkspaceArtifactsDeploy"},
    {"health", false, "read documented HealthCheckMonitoringDataRead"},
    {"log files", false, "read unknown -"},
    {"userrolesedit", false, "write documented UserRolesEdit"},
    {"access policies", true, "write documented AccessPoliciesEdit"},
    {"access policies", false,
     "read documented AccessPoliciesRead, write documented AccessPoliciesEdit, read documented "
     "AccessAllAccessPoliciesArtifacts"},
};

static void finds_tasks_by_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TASKS / sizeof *TASKS; i++) {
        assert_roles(TASKS[i].what, TASKS[i].write, TASKS[i].wanted);
    }
}

typedef struct unknown_case {
    const char *what;
    const char *part; /* of the message */
} unknown_case;

static const unknown_case UNKNOWN[] = {
    {"MessageProcesingLogs", "did you mean MessageProcessingLogs"},
    {"intergrationpackages", "did you mean IntegrationPackages"},
    {"queuestate", "did you mean QueueStates"},
    {"Nonsense", "\"cihsm role list\" shows"},
    {"the", "\"cihsm role list\" shows"},
    {"", "\"cihsm role list\" shows"},
    {"health policies", "nothing is known of \"health policies\""},
    {"MessageProcessingLogs/Attachment", "no navigation \"Attachment\": it has CustomHeader"},
    {"activateQueue/x", "activateQueue has no navigation \"x\": none is known"},
};

static void unknown_names_get_a_hint(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        cihsm_value *rows = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_role_for(UNKNOWN[i].what, false, &rows, &err), CIHSM_E_NOT_FOUND);
        assert_null(rows);
        assert_non_null(strstr(err.message, UNKNOWN[i].part));
    }
}

static void the_nearest_names_come_first_and_are_at_most_three(void **state)
{
    (void)state;
    const integration_catalogue *all = NULL;
    const char *names[CIHSM_NEAREST_MAX] = {0};
    assert_int_equal(integration_catalogue_get(&all, NULL), CIHSM_OK);
    assert_int_equal(integration_nearest(all, "Queue", names), CIHSM_NEAREST_MAX);
    assert_string_equal(names[0], "Queues");
    assert_int_equal(integration_nearest(all, "xyzzy", names), 0);
    char beyond[300];
    memset(beyond, 'x', sizeof beyond - 1);
    beyond[sizeof beyond - 1] = '\0';
    assert_int_equal(integration_nearest(all, beyond, names), 0);
}

static void lists_each_documented_role_with_its_tasks_and_source(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    assert_int_equal(cihsm_role_list(&rows, NULL), CIHSM_OK);
    assert_true(cihsm_value_count(rows) > 60);
    const cihsm_value *row = cihsm_value_first(rows);
    for (; row != NULL; row = cihsm_value_next(row)) {
        assert_string_equal(cihsm_value_get_string(row, "Evidence"), "documented");
        assert_non_null(cihsm_value_get_string(row, "Role"));
        assert_non_null(cihsm_value_get_string(row, "Task"));
        assert_true(text_starts(cihsm_value_get_string(row, "Source"), "SAP documentation: "));
    }
}

/* The two files must agree: no role of the catalogue that SAP's table does not have. */
static void each_role_of_the_catalogue_is_in_the_list_of_roles(void **state)
{
    (void)state;
    const integration_catalogue *all = NULL;
    assert_int_equal(integration_catalogue_get(&all, NULL), CIHSM_OK);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    assert_int_equal(role_tasks_read(&document, NULL), CIHSM_OK);
    size_t checked = 0;
    const cihsm_value *resource = integration_first(all);
    for (; resource != NULL; resource = cihsm_value_next(resource)) {
        const cihsm_value *role =
            cihsm_value_first(integration_read_roles(all, integration_name(resource)));
        for (; role != NULL; role = cihsm_value_next(role)) {
            const role_task_filter filter = {.phrase = cihsm_value_string(role)};
            CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
            assert_int_equal(role_tasks_add(document, &filter, rows, NULL), CIHSM_OK);
            assert_true(cihsm_value_count(rows) > 0);
            checked++;
        }
    }
    assert_true(checked > 50);
}

/* --- instance parameters ------------------------------------------------------------------- */

static void assert_params(const cihsm_instance_spec *spec, const char *wanted, size_t warnings)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *warned = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    cihsm_error err = {.status = CIHSM_E_STATE};
    assert_int_equal(cihsm_service_instance_params(spec, &params, &warned, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_write(params, 0, put, &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), wanted);
    assert_int_equal(cihsm_value_count(warned), warnings);
}

static void parameters_hold_the_least_roles_once(void **state)
{
    (void)state;
    const char *const logs[] = {"MessageProcessingLogs", "MessageProcessingLogs('x')/Attachments"};
    const cihsm_instance_spec reading = {.resources = logs, .resource_count = 1};
    assert_params(&reading,
                  "{\"roles\":[\"MonitoringDataRead\"],\"grant-types\":[\"client_credentials\"],"
                  "\"redirect-uris\":[]}",
                  0);
    const cihsm_instance_spec both = {
        .resources = logs, .resource_count = 2, .token_validity_s = 3600};
    assert_params(&both,
                  "{\"roles\":[\"MonitoringDataRead\",\"MessagePayloadsRead\"],\"grant-types\":["
                  "\"client_credentials\"],\"redirect-uris\":[],\"token-validity\":3600}",
                  1);
    const char *const packages[] = {"IntegrationPackages", "EntryPoints"};
    const cihsm_instance_spec writing = {.resources = packages, .resource_count = 2, .write = true};
    assert_params(&writing,
                  "{\"roles\":[\"WorkspacePackagesRead\",\"WorkspacePackagesEdit\"],"
                  "\"grant-types\":[\"client_credentials\"],\"redirect-uris\":[]}",
                  1);
}

static void file_remove(char **path)
{
    unlink(*path);
    text_free(path);
}

static char *file_with(const char *text)
{
    char *path = strdup("/tmp/cihsm-instance.XXXXXX");
    assert_non_null(path);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    return path;
}

typedef struct file_case {
    const char *text;
    const char *wanted;
    size_t warnings;
} file_case;

static const file_case FILES[] = {
    {"{\"roles\":[\"A\"],\"grant-types\":[\"client_x509\"]}",
     "{\"roles\":[\"A\",\"MonitoringDataRead\"],\"grant-types\":[\"client_credentials\"],"
     "\"redirect-uris\":[]}",
     1},
    {"{\"grant-types\":[\"client_x509\",\"client_credentials\",\"password\"],"
     "\"redirect-uris\":[\"https://x\"],\"token-validity\":86400,\"other\":{\"a\":[1]}}",
     "{\"grant-types\":[\"client_credentials\",\"password\"],\"redirect-uris\":[\"https://x\"],"
     "\"token-validity\":86400,\"other\":{\"a\":[1]},\"roles\":[\"MonitoringDataRead\"]}",
     1},
    {"{\"roles\":[\"MonitoringDataRead\"],\"redirect-uris\":[],\"grant-types\":[\"password\"]}",
     "{\"roles\":[\"MonitoringDataRead\"],\"redirect-uris\":[],\"grant-types\":[\"password\","
     "\"client_credentials\"]}",
     0},
};

static void a_given_file_keeps_what_it_has_but_client_x509(void **state)
{
    (void)state;
    const char *const logs[] = {"MessageProcessingLogs"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        CIHSM_AUTO(file_remove) char *path = file_with(FILES[i].text);
        const cihsm_instance_spec spec = {.resources = logs, .resource_count = 1, .from = path};
        assert_params(&spec, FILES[i].wanted, FILES[i].warnings);
    }
}

static void assert_refused(const cihsm_instance_spec *spec, cihsm_status status, const char *part)
{
    cihsm_value *params = NULL;
    cihsm_value *warned = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_instance_params(spec, &params, &warned, &err), status);
    assert_null(params);
    assert_null(warned);
    assert_non_null(strstr(err.message, part));
}

static void a_file_that_holds_no_instance_parameters_is_refused(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"[]", "no JSON object"},
        {"{", "not JSON"},
        {"", "not JSON"},
        {"{\"roles\":\"A\"}", "roles is not an array"},
        {"{\"roles\":[1]}", "roles is not an array of strings"},
        {"{\"roles\":[\"A\"],\"grant-types\":{}}", "grant-types is not an array"},
        {"{\"roles\":[\"A\"],\"token-validity\":3599}", "a number from 3600 to 86400"},
        {"{\"roles\":[\"A\"],\"token-validity\":\"3600\"}", "a number from 3600 to 86400"},
        {"{\"key-type\":\"certificate_external\"}", "the parameters of a service key"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(file_remove) char *path = file_with(ROWS[i][0]);
        const cihsm_instance_spec spec = {.from = path};
        assert_refused(&spec, CIHSM_E_CONFIG, ROWS[i][1]);
    }
    const cihsm_instance_spec missing = {.from = "/nonexistent/i.json"};
    assert_refused(&missing, CIHSM_E_CONFIG, "/nonexistent/i.json");
}

static void what_cannot_become_an_instance_is_refused(void **state)
{
    (void)state;
    const char *const logs[] = {"MessageProcessingLogs"};
    const char *const none[] = {"EntryPoints", "APIDefinitions"};
    const char *const wrong[] = {"MessageProcessingLogs", "Nothing"};
    const char *const task[] = {"deploy artifacts"};
    const struct {
        cihsm_instance_spec spec;
        cihsm_status status;
        const char *part;
    } rows[] = {
        {{0}, CIHSM_E_USAGE, "--for RESOURCE"},
        {{.resources = logs, .resource_count = 1, .token_validity_s = 3599},
         CIHSM_E_USAGE,
         "3600 to 86400"},
        {{.resources = logs, .resource_count = 1, .token_validity_s = 86401},
         CIHSM_E_USAGE,
         "3600 to 86400"},
        {{.resources = none, .resource_count = 2}, CIHSM_E_NOT_FOUND, "no role is documented"},
        {{.resources = wrong, .resource_count = 2}, CIHSM_E_NOT_FOUND, "of \"Nothing\""},
        {{.resources = task, .resource_count = 1}, CIHSM_E_NOT_FOUND, "of \"deploy artifacts\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(&rows[i].spec, rows[i].status, rows[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_roles_of_resources_and_how_they_are_known),
        cmocka_unit_test(finds_tasks_by_their_words),
        cmocka_unit_test(unknown_names_get_a_hint),
        cmocka_unit_test(the_nearest_names_come_first_and_are_at_most_three),
        cmocka_unit_test(lists_each_documented_role_with_its_tasks_and_source),
        cmocka_unit_test(each_role_of_the_catalogue_is_in_the_list_of_roles),
        cmocka_unit_test(parameters_hold_the_least_roles_once),
        cmocka_unit_test(a_given_file_keeps_what_it_has_but_client_x509),
        cmocka_unit_test(a_file_that_holds_no_instance_parameters_is_refused),
        cmocka_unit_test(what_cannot_become_an_instance_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
