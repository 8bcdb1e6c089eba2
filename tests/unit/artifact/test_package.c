/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/package.h"
#include "cihsm/scope.h"

static void assert_parameter(const cihsm_request *request, size_t at, const char *name,
                             const char *value, bool is_text)
{
    assert_true(at < request->parameter_count);
    assert_string_equal(request->parameters[at].name, name);
    assert_string_equal(request->parameters[at].value, value);
    assert_int_equal(request->parameters[at].is_text, is_text);
}

static void paths(void **state)
{
    (void)state;
    char path[CIHSM_PATH_SIZE];
    assert_int_equal(cihsm_package_path("O'Brien", "$value", path, NULL), CIHSM_OK);
    assert_string_equal(path, "IntegrationPackages('O''Brien')/$value");
    assert_int_equal(cihsm_package_path("", NULL, path, NULL), CIHSM_E_USAGE);
}

static void modes(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *package = cihsm_value_new_object();
    assert_false(cihsm_package_is_read_only(package));
    assert_int_equal(cihsm_value_set_string(package, "Mode", "EDIT_ALLOWED", NULL), CIHSM_OK);
    assert_false(cihsm_package_is_read_only(package));
    assert_int_equal(cihsm_value_set_string(package, "Mode", "READ_ONLY", NULL), CIHSM_OK);
    assert_true(cihsm_package_is_read_only(package));
}

static void imports(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *plain = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *again = NULL;
    assert_int_equal(cihsm_archive_new(&content, NULL), CIHSM_OK);
    assert_int_equal(cihsm_archive_append(content, "zip", 3, NULL), CIHSM_OK);
    assert_int_equal(cihsm_package_import(content, false, &plain, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(plain);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path, "IntegrationPackages");
    assert_int_equal(request->parameter_count, 0);
    assert_int_equal(cihsm_value_count(request->value), 1);
    assert_string_equal(cihsm_value_get_string(request->value, "PackageContent"), "emlw");

    assert_int_equal(cihsm_package_import(content, true, &again, NULL), CIHSM_OK);
    assert_parameter(cihsm_artifact_request(again), 0, "Overwrite", "true", false);
}

static void copies(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *bare = NULL;
    assert_int_equal(cihsm_package_copy("O'Brien", "CREATE_COPY", "2", &write, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(write);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->path, "CopyIntegrationPackage");
    assert_parameter(request, 0, "Id", "O'Brien", true);
    assert_parameter(request, 1, "ImportMode", "CREATE_COPY", true);
    assert_parameter(request, 2, "Suffix", "2", true);

    assert_int_equal(cihsm_package_copy("x", NULL, NULL, &bare, NULL), CIHSM_OK);
    assert_int_equal(cihsm_artifact_request(bare)->parameter_count, 1);
}

static void copies_that_cannot_be(void **state)
{
    (void)state;
    cihsm_artifact_write *write = NULL;
    assert_int_equal(cihsm_package_copy("x", "overwrite", NULL, &write, NULL), CIHSM_E_USAGE);
    assert_int_equal(cihsm_package_copy("x", "OVERWRITE", "2", &write, NULL), CIHSM_E_USAGE);
    assert_int_equal(cihsm_package_copy("x", NULL, "2", &write, NULL), CIHSM_E_USAGE);
    assert_null(write);
}

static void tags(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    assert_int_equal(cihsm_package_set_tag("P", "It's", "x", &write, NULL), CIHSM_OK);
    const cihsm_request *request = cihsm_artifact_request(write);
    assert_string_equal(request->method, "PUT");
    assert_string_equal(request->path, "IntegrationPackages('P')/$links/CustomTags('It''s')");
    assert_string_equal(cihsm_value_get_string(request->value, "Value"), "x");
    assert_int_equal(cihsm_request_check(request, NULL), CIHSM_OK);
}

static void advice(void **state)
{
    (void)state;
    cihsm_error err = {.status = CIHSM_E_CONFLICT,
                       .message = "409 from tenant: a; b (c('d')); general; advice"};
    assert_int_equal(cihsm_package_explain_import(&err), CIHSM_E_CONFLICT);
    assert_string_equal(
        err.message,
        "409 from tenant: a; b (c('d')); the tenant has this package: --overwrite replaces it");
    cihsm_error missing = {.status = CIHSM_E_NOT_FOUND, .message = "404 from tenant"};
    assert_int_equal(cihsm_package_explain_copy("P", &missing), CIHSM_E_NOT_FOUND);
    assert_non_null(strstr(missing.message, "404 from tenant; Discover has no package \"P\""));
    cihsm_error other = {.status = CIHSM_E_REFUSED, .message = "403"};
    assert_int_equal(cihsm_package_explain_copy("P", &other), CIHSM_E_REFUSED);
    assert_string_equal(other.message, "403");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(imports),
        cmocka_unit_test(modes),
        cmocka_unit_test(copies),
        cmocka_unit_test(copies_that_cannot_be),
        cmocka_unit_test(tags),
        cmocka_unit_test(advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
