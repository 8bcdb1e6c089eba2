/* SPDX-License-Identifier: Apache-2.0 */
#include "client/hide.h"

#include <stdio.h>
#include <string.h>

#include "cihsm/scope.h"
#include "unit/auth/cmocka_all.h"

static const char BODY[] = "{\"Name\":\"visible\",\"Password\":\"secret\",\"Inner\":[{\"A\":1},"
                           "{\"ClientSecret\":\"s2\",\"SecureParam\":\"longer one\"}]}";

static void assert_hidden(const char *from, const char *to)
{
    static const char TOKEN[] = "t0ken";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *token = NULL;
    assert_int_equal(cihsm_value_parse(BODY, strlen(BODY), &body, NULL), CIHSM_OK);
    assert_int_equal(cihsm_secret_new(TOKEN, strlen(TOKEN), &token, NULL), CIHSM_OK);
    cihsm_error err = {0};
    snprintf(err.message, sizeof err.message, "%s", from);
    hide_secrets(body, token, &err);
    assert_string_equal(err.message, to);
}

static void hides_secrets_wherever_they_stand(void **state)
{
    (void)state;
    assert_hidden("secret", "***");
    assert_hidden("secretsecret, secret", "******, ***");
    assert_hidden("400: bad longer one of t0ken (x)", "400: bad *** of *** (x)");
}

static void leaves_everything_else(void **state)
{
    (void)state;
    assert_hidden("", "");
    assert_hidden("visible, secre, s2 is in every text", "visible, secre, s2 is in every text");
    hide_secrets(NULL, NULL, NULL);
    cihsm_error err = {.message = "secret"};
    hide_secrets(NULL, NULL, &err);
    assert_string_equal(err.message, "secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hides_secrets_wherever_they_stand),
        cmocka_unit_test(leaves_everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
