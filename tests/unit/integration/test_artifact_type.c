/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "integration/artifact_type.h"
#include "integration/catalogue.h"

static const integration_catalogue *catalogue;

static int get_catalogue(void **state)
{
    (void)state;
    return integration_catalogue_get(&catalogue, NULL) != CIHSM_OK;
}

static bool has_verb(const cihsm_value *resource, const char *verb)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(resource, "verbs"));
    while (one != NULL && strcmp(cihsm_value_string(one), verb) != 0) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

static void assert_function(const char *name, size_t parameters)
{
    const cihsm_value *function = integration_resource(catalogue, name);
    assert_non_null(function);
    assert_string_equal(cihsm_value_get_string(function, "function_import"), name);
    assert_int_equal(cihsm_value_count(cihsm_value_get(function, "parameters")), parameters);
}

/* The table says what the catalogue says. */
static void the_types_are_documented_so(void **state)
{
    (void)state;
    const cihsm_value *package = integration_resource(catalogue, "IntegrationPackages");
    for (int i = 0; i < CIHSM_ARTIFACT_TYPES; i++) {
        const artifact_type *type = artifact_type_of((cihsm_artifact_type)i);
        const cihsm_value *set = integration_resource(catalogue, type->set);
        assert_non_null(set);
        assert_int_equal(has_verb(set, "GET"), type->is_readable);
        assert_int_equal(has_verb(set, "PUT"), type->is_replaceable);
        assert_true(has_verb(set, "POST"));
        assert_true(has_verb(set, "DELETE"));
        assert_int_equal(cihsm_value_count(integration_keys(catalogue, type->set)),
                         type->is_versioned ? 2 : 1);
        assert_int_equal(integration_is_collection(package, type->set, strlen(type->set)),
                         type->is_readable);
        assert_function(type->deploy, type->is_versioned ? 2 : 1);
        if (type->save != NULL) {
            assert_function(type->save, 2);
        }
    }
}

static void names_are_read_back(void **state)
{
    (void)state;
    cihsm_artifact_type type = CIHSM_ARTIFACT_FLOW;
    cihsm_error err = {0};
    for (int i = 0; i < CIHSM_ARTIFACT_TYPES; i++) {
        const char *name = cihsm_artifact_type_name((cihsm_artifact_type)i);
        assert_int_equal(cihsm_artifact_type_read(name, &type, NULL), CIHSM_OK);
        assert_int_equal(type, i);
    }
    assert_int_equal(cihsm_artifact_type_read("Flow", &type, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "script-collection or adapter"));
}

static void paths(void **state)
{
    (void)state;
    char path[CIHSM_PATH_SIZE];
    char id[CIHSM_PATH_SIZE];
    cihsm_artifact artifact = {.id = "O'Brien", .version = "1.0"};
    assert_int_equal(cihsm_artifact_path(&artifact, "$value", path, NULL), CIHSM_OK);
    assert_string_equal(path, "IntegrationDesigntimeArtifacts(Id='O''Brien',Version='1.0')/$value");
    artifact = (cihsm_artifact){.type = CIHSM_ARTIFACT_ADAPTER, .id = "A"};
    assert_int_equal(cihsm_artifact_path(&artifact, NULL, path, NULL), CIHSM_OK);
    assert_string_equal(path, "IntegrationAdapterDesigntimeArtifacts(Id='A')");
    memset(id, 'x', sizeof id);
    id[sizeof id - 1] = '\0';
    artifact.id = id;
    assert_int_equal(cihsm_artifact_path(&artifact, NULL, path, NULL), CIHSM_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_types_are_documented_so),
        cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, get_catalogue, NULL);
}
