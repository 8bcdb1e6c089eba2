/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/artifact.h"
#include "cihsm/scope.h"

static const cihsm_artifact FLOW = {.type = CIHSM_ARTIFACT_FLOW, .id = "O'Brien"};
static const cihsm_artifact ADAPTER = {.type = CIHSM_ARTIFACT_ADAPTER, .id = "A"};

static cihsm_archive *archive_of(const char *bytes)
{
    cihsm_archive *archive = NULL;
    assert_int_equal(cihsm_archive_new(&archive, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_append(archive, bytes, strlen(bytes), NULL), CIHSM_OK);
    return archive;
}

static void assert_parameter(const cihsm_request *request, size_t at, const char *name,
                             const char *value)
{
    assert_true(at < request->parameter_count);
    assert_string_equal(request->parameters[at].name, name);
    assert_string_equal(request->parameters[at].value, value);
    assert_true(request->parameters[at].is_text);
}

static void deployment(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *flow = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *adapter = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *undeploy = NULL;
    assert_int_equal(cihsm_artifact_deploy(&FLOW, &flow, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(flow);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path, "DeployIntegrationDesigntimeArtifact");
    assert_parameter(request, 0, "Id", "O'Brien");
    assert_parameter(request, 1, "Version", "active");
    assert_int_equal(cihsm_function_check(request, NULL), CIHSM_OK);

    assert_int_equal(cihsm_artifact_deploy(&ADAPTER, &adapter, NULL), CIHSM_OK);
    assert_int_equal(cihsm_artifact_request(adapter)->parameter_count, 1);

    assert_int_equal(cihsm_artifact_undeploy(&FLOW, &undeploy, NULL), CIHSM_OK);
    assert_string_equal(cihsm_artifact_request(undeploy)->path,
                        "IntegrationRuntimeArtifacts('O''Brien')");
}

static void versions(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    assert_int_equal(cihsm_artifact_save_as_version(&FLOW, "1.2", &write, NULL), CIHSM_OK);
    assert_parameter(cihsm_artifact_request(write), 1, "SaveAsVersion", "1.2");
    assert_int_equal(cihsm_artifact_save_as_version(&ADAPTER, "1.2", &write, NULL), CIHSM_E_USAGE);
}

static void an_adapter_has_no_id_in_its_body(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = archive_of("esa");
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    assert_int_equal(cihsm_artifact_create(&ADAPTER, "P", "N", content, &write, NULL), CIHSM_OK);
    const cihsm_value *body = cihsm_artifact_request(write)->value;
    assert_int_equal(cihsm_value_count(body), 2);
    assert_string_equal(cihsm_value_get_string(body, "PackageId"), "P");
    assert_string_equal(cihsm_value_get_string(body, "ArtifactContent"), "ZXNh");
}

static void content_is_looked_at(void **state)
{
    (void)state;
    const cihsm_artifact mapping = {.type = CIHSM_ARTIFACT_VALUE_MAPPING, .id = "V"};
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = archive_of("no zip");
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    assert_int_equal(cihsm_artifact_create(&FLOW, "P", "N", content, &write, NULL), CIHSM_E_CONFIG);
    assert_int_equal(cihsm_artifact_update(&FLOW, "N", content, &write, NULL), CIHSM_E_CONFIG);
    assert_int_equal(cihsm_artifact_update(&mapping, "N", content, &write, NULL), CIHSM_E_USAGE);
    assert_null(write);
}

static cihsm_status configure(const char *parameter, const char *value, cihsm_artifact_write **out)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *read = NULL;
    assert_int_equal(cihsm_value_parse(parameter, strlen(parameter), &read, NULL), CIHSM_OK);
    return cihsm_artifact_configure(&FLOW, read, value, out, NULL);
}

static void parameters(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    static const char NUMBER[] = "{\"ParameterKey\":\"It's a\",\"DataType\":\"xsd:integer\"}";
    assert_int_equal(configure(NUMBER, "-5", &write), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(write);
    assert_string_equal(request->method, "PUT");
    assert_string_equal(request->path,
                        "IntegrationDesigntimeArtifacts(Id='O''Brien',Version='active')/"
                        "$links/Configurations('It''s a')");
    assert_string_equal(cihsm_value_get_string(request->value, "ParameterValue"), "-5");
    assert_string_equal(cihsm_value_get_string(request->value, "DataType"), "xsd:integer");
    static const char *const BAD[] = {"", "-", "x", "1.5", "1 ", "0x1"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(configure(NUMBER, BAD[i], &write), CIHSM_E_USAGE);
    }
    assert_int_equal(configure("{\"ParameterKey\":\"a\"}", "x", &write), CIHSM_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deployment),
        cmocka_unit_test(versions),
        cmocka_unit_test(an_adapter_has_no_id_in_its_body),
        cmocka_unit_test(content_is_looked_at),
        cmocka_unit_test(parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
