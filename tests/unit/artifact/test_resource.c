/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/artifact_resource.h"
#include "cihsm/scope.h"

static const cihsm_artifact FLOW = {.type = CIHSM_ARTIFACT_FLOW, .id = "O'Brien"};
static const cihsm_artifact MAPPING = {.type = CIHSM_ARTIFACT_MESSAGE_MAPPING, .id = "M"};
static const cihsm_artifact VALUES = {.type = CIHSM_ARTIFACT_VALUE_MAPPING, .id = "V"};

static void types(void **state)
{
    (void)state;
    assert_string_equal(cihsm_artifact_resource_type("a.b.XSD"), "xsd");
    assert_string_equal(cihsm_artifact_resource_type("x.gsh"), "groovy");
    assert_string_equal(cihsm_artifact_resource_type("x.xsl"), "xslt");
    assert_null(cihsm_artifact_resource_type("xsd"));
    assert_null(cihsm_artifact_resource_type("a.xsd/b"));
    assert_null(cihsm_artifact_resource_type("a.json"));
}

static void paths(void **state)
{
    (void)state;
    char path[CIHSM_PATH_SIZE];
    cihsm_artifact_resource of = {.artifact = &FLOW, .name = "it's.xsd"};
    assert_int_equal(cihsm_artifact_resource_path(&of, "$value", path, NULL), CIHSM_OK);
    assert_string_equal(path, "IntegrationDesigntimeArtifacts(Id='O''Brien',Version='active')/"
                              "Resources(Name='it''s.xsd',ResourceType='xsd')/$value");
    of.name = "x";
    assert_int_equal(cihsm_artifact_resource_path(&of, NULL, path, NULL), CIHSM_E_USAGE);
    of.type = "json";
    assert_int_equal(cihsm_artifact_resource_path(&of, NULL, path, NULL), CIHSM_E_USAGE);
    of.type = "groovy";
    assert_int_equal(cihsm_artifact_resource_path(&of, NULL, path, NULL), CIHSM_OK);
    of.name = "";
    assert_int_equal(cihsm_artifact_resource_path(&of, NULL, path, NULL), CIHSM_E_USAGE);
    assert_int_equal(cihsm_artifact_resource_list_path(&MAPPING, path, NULL), CIHSM_OK);
    assert_int_equal(cihsm_artifact_resource_list_path(&VALUES, path, NULL), CIHSM_E_USAGE);
}

static void additions(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    const cihsm_artifact_resource of = {
        .artifact = &FLOW, .name = "a.xsd", .referenced_type = "wsdl"};
    assert_int_equal(cihsm_artifact_resource_add(&of, "abc", 3, &write, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(write);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path,
                        "IntegrationDesigntimeArtifacts(Id='O''Brien',Version='active')/Resources");
    assert_int_equal(request->parameter_count, 0);
    assert_string_equal(cihsm_value_get_string(request->value, "Name"), "a.xsd");
    assert_string_equal(cihsm_value_get_string(request->value, "ResourceType"), "xsd");
    assert_string_equal(cihsm_value_get_string(request->value, "ReferencedResourceType"), "wsdl");
    assert_string_equal(cihsm_value_get_string(request->value, "ResourceContent"), "YWJj");
    assert_int_equal(cihsm_request_check(request, NULL), CIHSM_OK);
}

static void changes(void **state)
{
    (void)state;
    static const char LINK[] = "IntegrationDesigntimeArtifacts(Id='O''Brien',Version='active')/"
                               "$links/Resources(Name='a.xsd',ResourceType='xsd')";
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *update = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *removal = NULL;
    const cihsm_artifact_resource of = {
        .artifact = &FLOW, .name = "a.xsd", .referenced_type = "wsdl"};
    assert_int_equal(cihsm_artifact_resource_update(&of, "", 0, &update, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(update);
    assert_string_equal(request->method, "PUT");
    assert_string_equal(request->path, LINK);
    assert_string_equal(request->parameters[0].value, "wsdl");
    assert_false(request->parameters[0].is_text);
    assert_int_equal(cihsm_value_count(request->value), 1);
    assert_int_equal(cihsm_request_check(request, NULL), CIHSM_OK);

    assert_int_equal(cihsm_artifact_resource_delete(&of, &removal, NULL), CIHSM_OK);
    assert_string_equal(cihsm_artifact_request(removal)->method, "DELETE");
    assert_string_equal(cihsm_artifact_request(removal)->path, LINK);
    assert_null(cihsm_artifact_request(removal)->value);
    assert_int_equal(cihsm_request_check(cihsm_artifact_request(removal), NULL), CIHSM_OK);
}

static void what_is_not_documented(void **state)
{
    (void)state;
    cihsm_artifact_write *write = NULL;
    const cihsm_artifact_resource mapping = {.artifact = &MAPPING, .name = "a.xsd"};
    const cihsm_artifact_resource values = {.artifact = &VALUES, .name = "a.xsd"};
    const cihsm_artifact_resource large = {.artifact = &FLOW, .name = "a.jar"};
    assert_int_equal(cihsm_artifact_resource_add(&mapping, "", 0, &write, NULL), CIHSM_E_USAGE);
    assert_int_equal(cihsm_artifact_resource_delete(&values, &write, NULL), CIHSM_E_USAGE);
    assert_int_equal(
        cihsm_artifact_resource_update(&large, "", CIHSM_ARTIFACT_RESOURCE_MAX + 1, &write, NULL),
        CIHSM_E_LIMIT);
    assert_null(write);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(paths),
        cmocka_unit_test(additions),
        cmocka_unit_test(changes),
        cmocka_unit_test(what_is_not_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
