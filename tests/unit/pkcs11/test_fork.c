/* SPDX-License-Identifier: Apache-2.0 */
/* A process forked while a token is open. */
#include "fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "pkcs11/token.h"

static int make_key(void **state)
{
    return fixture_setup_key(state, "F");
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

static void *sign_once(void *key)
{
    cihsm_error err = {0};
    return fixture_sign(key, &err) == CIHSM_OK ? key : NULL;
}

/* A child that hangs is ended by its alarm. */
static void expect_of_child(cihsm_token *token)
{
    enum { PATIENCE_S = 30 };
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(PATIENCE_S);
        const bool is_stuck = cihsm_token_is_stuck();
        cihsm_token_free(&token);
        _exit(is_stuck ? 1 : 0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_forked_child_frees_what_threads_of_its_parent_wait_for(void **state)
{
    enum { THREADS = 2 };
    fixture *of = *state;
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    assert_true(shim_use(of->hsm, "C_OpenSession #2 -> delay 3000"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "F");
    const unsigned long sessions = cihsm_token_count(token).sessions;
    atomic_store(&token->is_lost, true);
    pthread_t threads[THREADS]; /* one brings the token back, the other one waits for that */
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_once, key), 0);
    }
    while (cihsm_token_count(token).sessions == sessions) {
        fixture_sleep_ms(10);
    }
    fixture_sleep_ms(500);
    expect_of_child(token);
    for (size_t i = 0; i < THREADS; i++) {
        void *signed_with = NULL;
        assert_int_equal(pthread_join(threads[i], &signed_with), 0);
        assert_ptr_equal(signed_with, key);
    }
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void a_forked_child_has_left_no_call(void **state)
{
    enum { TIMEOUT_MS = 500, LONG_MS = 60000 };
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> delay 4000"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_OK);
    pkcs11_key *key = fixture_find(token, "F");
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TIMEOUT);
    assert_true(cihsm_token_is_stuck());
    expect_of_child(token);
    for (int waited_ms = 0; cihsm_token_is_stuck(); waited_ms += 20) {
        assert_true(waited_ms < LONG_MS);
        fixture_sleep_ms(20);
    }
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_forked_child_never_uses_what_its_parent_opened, fixture_reset),
        cmocka_unit_test_setup(a_forked_child_frees_what_threads_of_its_parent_wait_for,
                               fixture_reset),
        cmocka_unit_test_setup(a_forked_child_has_left_no_call, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
