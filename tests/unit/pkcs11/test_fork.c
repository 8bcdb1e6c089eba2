/* SPDX-License-Identifier: Apache-2.0 */
/* A process forked while a token is open. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static int make_key(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "F");
    return 0;
}

/* What a forked child does; its exit code is the number of the step that failed. */
static int live_as_child(fixture *of, cihsm_token **token, pkcs11_key *key)
{
    char source[] = "env:CIHSM_TEST_PIN";
    cihsm_error err = {0};
    const unsigned long calls = cihsm_token_count(*token).calls;
    if (fixture_sign(key, &err) != CIHSM_E_STATE || strstr(err.message, "forked") == NULL) {
        return 1;
    }
    if (cihsm_token_count(*token).calls != calls) {
        return 2;
    }
    cihsm_token_free(token);
    if (cihsm_token_open(&(cihsm_token_config){.module = SHIM_MODULE,
                                               .uri = "pkcs11:token=" FIXTURE_LABEL,
                                               .pin = cihsm_pin_from_source,
                                               .pin_user = source},
                         token, &err) != CIHSM_OK) {
        return 3;
    }
    pkcs11_key *own = NULL;
    if (pkcs11_key_find(*token, "pkcs11:object=F", &own, &err) != CIHSM_OK ||
        fixture_sign(own, &err) != CIHSM_OK) {
        return 4;
    }
    pkcs11_key_free(&own);
    cihsm_token_free(token);
    return of->asked == 1 ? 0 : 5;
}

static void a_forked_child_never_uses_what_its_parent_opened(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "F");
    fixture_expect_sign(key);
    assert_int_equal(setenv("CIHSM_TEST_PIN", FIXTURE_PIN, 1), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(live_as_child(of, &token, key));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture_expect_sign(key); /* the parent is not disturbed */
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_forked_child_never_uses_what_its_parent_opened, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
