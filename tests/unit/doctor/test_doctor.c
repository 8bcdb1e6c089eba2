/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cihsm/doctor.h"
#include "cihsm/scope.h"

static cihsm_value *parsed(const char *text)
{
    cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(text, strlen(text), &value, NULL), CIHSM_OK);
    return value;
}

static void a_report_for_others_names_hosts_but_no_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"no connection to api.example:443", "no connection to api.example:443"},
        {"pkcs11:serial=1234;token=mine", "pkcs11:***"},
        {"no such key; it holds pkcs11:object=a, pkcs11:object=b and more",
         "no such key; it holds pkcs11:***, pkcs11:*** and more"},
        {"key (pkcs11:object=a) is lost", "key (pkcs11:***) is lost"},
        {"401: Bearer eyJhbGciOi.x-y is expired", "401: Bearer *** is expired"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CIHSM_AUTO(cihsm_value_free)
        cihsm_value *report =
            parsed("{\"well\":false,\"failed\":\"key\",\"layers\":[{\"milliseconds\":1.5,"
                   "\"action\":null}]}");
        CIHSM_AUTO(cihsm_value_free) cihsm_value *layer = parsed("{\"action\":null}");
        CIHSM_AUTO(cihsm_value_free) cihsm_value *layers = parsed("[]");
        assert_int_equal(cihsm_value_set_string(layer, "what", cases[i].in, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_append(layers, &layer, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_set(report, "layers", &layers, NULL), CIHSM_OK);

        CIHSM_AUTO(cihsm_value_free) cihsm_value *out = NULL;
        assert_int_equal(cihsm_doctor_redact(report, &out, NULL), CIHSM_OK);
        const cihsm_value *first = cihsm_value_first(cihsm_value_get(out, "layers"));
        assert_string_equal(cihsm_value_get_string(first, "what"), cases[i].out);
        assert_non_null(cihsm_value_get(first, "action"));
        assert_string_equal(cihsm_value_get_string(out, "failed"), "key");
        assert_false(cihsm_value_is_true(cihsm_value_get(out, "well")));
    }
}

static cihsm_status never_signs(void *context, const cihsm_sign_request *request, uint8_t *sig,
                                size_t *sig_len, cihsm_error *err)
{
    (void)context;
    (void)request;
    (void)sig;
    (void)err;
    *sig_len = 0;
    return CIHSM_E_INTERNAL;
}

static void a_signer_of_ones_own_is_refused(void **state)
{
    (void)state;
    const cihsm_signer signer = {.sign = never_signs};
    const cihsm_client_config config = {.signer = &signer};
    const cihsm_doctor_options options = {.resource = NULL};
    cihsm_value *report = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_doctor_run(&config, &options, &report, &err), CIHSM_E_ARGUMENT);
    assert_null(report);
}

static void a_resource_that_the_api_does_not_have_is_an_error_of_usage(void **state)
{
    (void)state;
    const cihsm_client_config config = {.service_key = NULL};
    const cihsm_doctor_options options = {.resource = "Nonsense"};
    cihsm_value *report = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_doctor_run(&config, &options, &report, &err), CIHSM_E_USAGE);
    assert_non_null(strstr(err.message, "Nonsense"));
}

static void without_a_configuration_every_other_layer_is_skipped(void **state)
{
    (void)state;
    const cihsm_client_config config = {.service_key = NULL};
    const cihsm_doctor_options options = {.wait_s = 600}; /* time does not heal it: no wait */
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    assert_int_equal(cihsm_doctor_run(&config, &options, &report, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(report, "failed"), "configuration");
    const cihsm_value *row = cihsm_value_first(cihsm_value_get(report, "layers"));
    assert_string_equal(cihsm_value_get_string(row, "state"), "fail");
    while ((row = cihsm_value_next(row)) != NULL) {
        assert_string_equal(cihsm_value_get_string(row, "state"), "skipped");
        assert_memory_equal(cihsm_value_get_string(row, "what"), "needs ", 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_for_others_names_hosts_but_no_tokens),
        cmocka_unit_test(a_signer_of_ones_own_is_refused),
        cmocka_unit_test(a_resource_that_the_api_does_not_have_is_an_error_of_usage),
        cmocka_unit_test(without_a_configuration_every_other_layer_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
