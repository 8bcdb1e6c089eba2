/* SPDX-License-Identifier: Apache-2.0 */
/* A module whose calls are made one at a time, which is known by its file name: here the shim. */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

enum { THREADS = 4, DELAY_MS = 200, TIMEOUT_MS = 1500, LONG_MS = 60000, STATUSES = 64 };

static char module[256]; /* in the token's folder */

static int make_module(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    fixture *of = *state;
    snprintf(module, sizeof module, "%s/p11-kit-client.so", softhsm_folder(of->hsm));
    assert_int_equal(symlink(SHIM_MODULE, module), 0);
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    assert_true(shim_use(of->hsm, ""));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, module);
    fixture_generate(token, "ec:P-256", "T");
    return 0;
}

typedef struct job {
    pkcs11_key *key;
    atomic_uint answers[STATUSES]; /* how many threads got each status */
} job;

static void *sign_once(void *context)
{
    job *of = context;
    cihsm_error err = {0};
    atomic_fetch_add(&of->answers[fixture_sign(of->key, &err)], 1);
    return NULL;
}

static void makes_one_call_at_a_time(void **state)
{
    fixture *of = *state;
    char rule[40];
    snprintf(rule, sizeof rule, "C_Sign -> delay %d", DELAY_MS);
    assert_true(shim_use(of->hsm, rule));
    cihsm_token *token = fixture_open(of, module);
    job work = {.key = fixture_find(token, "T")};
    const long long start_us = log_clock_us();
    fixture_run_threads(THREADS, sign_once, &work);
    assert_true(log_clock_us() - start_us >= THREADS * DELAY_MS * 1000LL);
    assert_int_equal(work.answers[CIHSM_OK], THREADS);
    pkcs11_key_free(&work.key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void who_waits_for_a_call_that_does_not_return_fails_in_time(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> delay 5000"));
    cihsm_token_config config = fixture_config(of, module);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);
    job work = {.key = fixture_find(token, "T")};
    fixture_run_threads(THREADS, sign_once, &work);
    assert_int_equal(work.answers[CIHSM_E_TIMEOUT], THREADS);
    for (int waited_ms = 0; cihsm_token_is_stuck(); waited_ms += 20) {
        assert_true(waited_ms < LONG_MS);
        fixture_sleep_ms(20);
    }
    fixture_run_threads(THREADS, sign_once, &work);
    assert_int_equal(work.answers[CIHSM_OK], THREADS);
    pkcs11_key_free(&work.key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_one_call_at_a_time),
        cmocka_unit_test(who_waits_for_a_call_that_does_not_return_fails_in_time),
    };
    return cmocka_run_group_tests(tests, make_module, fixture_teardown);
}
