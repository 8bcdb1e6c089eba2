/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/form.h"

#include <string.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"

static const struct {
    const char *value;
    const char *encoded;
} ROWS[] = {
    {"", "f="},
    {"client_credentials", "f=client_credentials"},
    {"sb-0a1b!b16289|it!b12456", "f=sb-0a1b%21b16289%7Cit%21b12456"},
    {"a+b c", "f=a%2Bb%20c"},
    {"c0ffee$x/y+z==", "f=c0ffee%24x%2Fy%2Bz%3D%3D"},
    {"a&b=c", "f=a%26b%3Dc"},
    {"~._-", "f=~._-"},
    {"\xc3\xa4\n%", "f=%C3%A4%0A%25"},
};

static void every_value_comes_out_as_it_went_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(buffer_free) buffer form = buffer_new(200);
        const char *value = ROWS[i].value;
        assert_int_equal(auth_form_add(&form, "f", value, strlen(value), NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&form), ROWS[i].encoded);
    }
}

static void a_nul_in_a_value_does_not_end_it(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(200);
    assert_int_equal(auth_form_add(&form, "f", "a\0b", 3, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&form), "f=a%00b");
}

static void fields_are_separated(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(200);
    assert_int_equal(auth_form_add(&form, "a", "1", 1, NULL), CIHSM_OK);
    assert_int_equal(auth_form_add(&form, "b", "2", 1, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&form), "a=1&b=2");
}

static void a_form_that_is_too_long_is_refused(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(6);
    cihsm_error err = {0};
    assert_int_equal(auth_form_add(&form, "f", "+++", 3, &err), CIHSM_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_comes_out_as_it_went_in),
        cmocka_unit_test(a_nul_in_a_value_does_not_end_it),
        cmocka_unit_test(fields_are_separated),
        cmocka_unit_test(a_form_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
