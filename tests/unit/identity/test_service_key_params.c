/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/service_key.h"
#include "unit/identity/fixture.h"

static void assert_leaf_only(const char *path, const char *pem)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = NULL;
    cihsm_error err = {.status = CIHSM_E_STATE}; /* of an earlier call: must be cleared */
    assert_int_equal(cihsm_service_key_params(path, &parameters, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_count(parameters), 2);
    assert_string_equal(cihsm_value_get_string(parameters, "key-type"), "certificate_external");
    assert_string_equal(cihsm_value_get_string(parameters, "X.509"), pem);
}

static void any_chain_in_any_form_yields_its_leaf_as_clean_pem(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(text_free) char *wanted = fixture_pem(&pki->leaf, 1);
    X509 *const pools[][4] = {{pki->leaf},
                              {pki->leaf, pki->lower, pki->upper, pki->root},
                              {pki->root, pki->upper, pki->lower, pki->leaf}};
    for (size_t i = 0; i < 3 * FORM_COUNT; i++) {
        CIHSM_AUTO(text_free) char *pem = fixture_pem(pools[i % 3], 4);
        CIHSM_AUTO(text_free) char *text = fixture_reshape(pem, (fixture_form)(i / 3));
        CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(text, strlen(text), 0644);
        assert_leaf_only(path, wanted);
    }
}

static void assert_refused(X509 *const *certificates, size_t count, const char *part)
{
    CIHSM_AUTO(text_free) char *pem = fixture_pem(certificates, count);
    CIHSM_AUTO(fixture_file_remove) char *path = fixture_file(pem, strlen(pem), 0644);
    cihsm_value *parameters = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_params(path, &parameters, &err), CIHSM_E_CONFIG);
    assert_null(parameters);
    assert_error(&err, CIHSM_E_CONFIG, part);
    assert_non_null(strstr(err.message, path));
}

static void files_without_exactly_one_leaf_are_refused(void **state)
{
    const fixture_pki *pki = *state;
    const fixture_wish wish = {0};
    CIHSM_AUTO(x509_cleanup)
    X509 *other = fixture_certificate("other", pki->foreign_key, pki->lower, pki->lower_key, &wish);
    X509 *const two[] = {pki->leaf, other};
    X509 *const none[] = {pki->lower, pki->root};
    assert_refused(two, 2, "several leaf certificates (CN=leaf; CN=other)");
    assert_refused(none, 2, "no leaf certificate");
    assert_refused(NULL, 0, "holds no certificate");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    cihsm_value *parameters = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_service_key_params("/nonexistent/c.pem", &parameters, &err),
                     CIHSM_E_CONFIG);
    assert_error(&err, CIHSM_E_CONFIG, "certificate file /nonexistent/c.pem");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_chain_in_any_form_yields_its_leaf_as_clean_pem),
        cmocka_unit_test(files_without_exactly_one_leaf_are_refused),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
