/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/enrolment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "identity/csr.h"
#include "unit/identity/fixture.h"

#define SECRET "8a1f-canary"
#define CN_64 "0123456789012345678901234567890123456789012345678901234567890123"

static const char BINDING[] = "{\"uri\":\"https://dest.example:8443/\",\"url\":"
                              "\"https://auth.example\",\"clientid\":\"sb-1\",\"clientsecret\":"
                              "\"" SECRET "\"}";

static char *binding_file(void)
{
    return fixture_file(BINDING, sizeof BINDING - 1, 0600);
}

static void mistakes_are_told_before_anything_is_done(void **state)
{
    (void)state;
    CIHSM_AUTO(fixture_file_remove) char *binding = binding_file();
    const struct {
        cihsm_enrolment what;
        cihsm_status status;
        const char *told;
    } rows[] = {
        {{.name = "c.pem", .cn = "c"}, CIHSM_E_USAGE, "--destination-binding"},
        {{.binding = binding, .cn = "c"}, CIHSM_E_USAGE, "--name"},
        {{.binding = binding, .name = "", .cn = "c"}, CIHSM_E_USAGE, "cannot be used"},
        {{.binding = binding, .name = "..", .cn = "c"}, CIHSM_E_USAGE, "cannot be used"},
        {{.binding = binding, .name = "a/b", .cn = "c"}, CIHSM_E_USAGE, "cannot be used"},
        {{.binding = binding, .name = "a b", .cn = "c"}, CIHSM_E_USAGE, "cannot be used"},
        {{.binding = binding, .name = "c.pem"}, CIHSM_E_USAGE, "--cn"},
        {{.binding = binding, .name = "c.pem", .cn = ""}, CIHSM_E_USAGE, "--cn"},
        {{.binding = binding, .name = "c.pem", .cn = "a\nb"}, CIHSM_E_USAGE, "control"},
        {{.binding = binding, .name = "c.pem", .cn = "\xff"}, CIHSM_E_USAGE, "UTF-8"},
        {{.binding = binding, .name = "c.pem", .cn = CN_64 "x"}, CIHSM_E_USAGE, "64 bytes"},
        {{.binding = binding, .name = "c.pem", .cn = "c", .validity_days = -1},
         CIHSM_E_USAGE,
         "validity"},
        {{.binding = binding, .name = "c.pem", .cn = "c", .validity_days = 3651},
         CIHSM_E_USAGE,
         "validity"},
        {{.binding = binding, .name = "c.pem", .cn = "c", .wait_s = 86401},
         CIHSM_E_USAGE,
         "at most a day"},
        {{.binding = "/nowhere/b.json", .name = "c.pem", .cn = "c"},
         CIHSM_E_CONFIG,
         "/nowhere/b.json"},
        {{.binding = binding, .name = "c.pem", .cn = CN_64, .validity_days = 3650}, CIHSM_OK, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cihsm_error err = {0};
        assert_int_equal(cihsm_enrolment_check(&rows[i].what, &err), rows[i].status);
        assert_non_null(strstr(err.message, rows[i].told));
        assert_null(strstr(err.message, SECRET));
    }
}

static void the_requests_are_shown_without_the_secret(void **state)
{
    const fixture_pki *pki = *state;
    CIHSM_AUTO(fixture_file_remove) char *binding = binding_file();
    const cihsm_csr_spec spec = {.subject = "CN=asked", .der = true};
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    assert_int_equal(identity_csr_build(&spec, pki->leaf_key, pki->leaf_key, &csr, NULL), CIHSM_OK);
    const cihsm_enrolment what = {
        .binding = binding, .name = "c.pem", .cn = "client", .validity_days = 30, .csr = csr};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *requests = NULL;
    assert_int_equal(cihsm_enrolment_describe(&what, &requests, NULL), CIHSM_OK);
    CIHSM_AUTO(text_free) char *shown = fixture_json(requests);
    static const char *const PARTS[] = {
        "https://auth.example/oauth/token",
        "https://dest.example:8443/destination-configuration/v1/subaccountCertificates\"",
        "/subaccountCertificates/c.pem\"",
        "\"Name\":\"c.pem\"",
        "\"CN\":\"client\"",
        "\"Validity\":{\"TimeUnit\":\"DAYS\",\"Value\":30}",
        "\"AutomaticRenew\":false",
        "\"CSR\":\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNU", /* PEM, whatever was read */
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        assert_non_null(strstr(shown, PARTS[i]));
    }
    assert_null(strstr(shown, SECRET));
}

static void what_is_not_given_is_left_to_the_service(void **state)
{
    (void)state;
    CIHSM_AUTO(fixture_file_remove) char *binding = binding_file();
    const cihsm_enrolment what = {
        .binding = binding, .name = "c.pem", .cn = "client", .automatic_renew = true};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *requests = NULL;
    assert_int_equal(cihsm_enrolment_describe(&what, &requests, NULL), CIHSM_OK);
    CIHSM_AUTO(text_free) char *shown = fixture_json(requests);
    assert_null(strstr(shown, "Validity"));
    assert_non_null(strstr(shown, "\"AutomaticRenew\":true"));
    assert_non_null(strstr(shown, "\"CSR\":\"<of the key>\""));
}

static void an_enrolment_without_a_csr_is_a_mistake_of_the_caller(void **state)
{
    (void)state;
    const cihsm_enrolment what = {.binding = "b", .name = "c.pem", .cn = "c"};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    assert_int_equal(cihsm_enrolment_run(&what, &report, NULL), CIHSM_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told_before_anything_is_done),
        cmocka_unit_test(the_requests_are_shown_without_the_secret),
        cmocka_unit_test(what_is_not_given_is_left_to_the_service),
        cmocka_unit_test(an_enrolment_without_a_csr_is_a_mistake_of_the_caller),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
