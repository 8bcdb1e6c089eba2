/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens with few sessions, for this program or because others have them. */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "pkcs11/token.h"

enum { THREADS = 4, ROUNDS = 40, TIMEOUT_MS = 1500 };

static int make_key(void **state)
{
    return fixture_setup_key(state, "L");
}

typedef struct job {
    pkcs11_key *key;
    atomic_uint failed;
    cihsm_error first; /* of the first one that failed */
} job;

/* cmocka's asserts belong to the main thread: this only counts. */
static void *sign_many(void *context)
{
    job *of = context;
    for (int i = 0; i < ROUNDS; i++) {
        cihsm_error err = {0};
        if (fixture_sign(of->key, &err) != CIHSM_OK && atomic_fetch_add(&of->failed, 1) == 0) {
            of->first = err;
        }
    }
    return NULL;
}

/* Every signature of all threads succeeds, and the module is left clean. */
static void sign_in_threads(fixture *of, const char *rules)
{
    assert_true(shim_use(of->hsm, rules));
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    job work = {.key = fixture_find(token, "L")};
    fixture_run_threads(THREADS, sign_many, &work);
    if (work.failed > 0) {
        fail_msg("%s: %u failed: %s", rules, work.failed, work.first.message);
    }
    pkcs11_key_free(&work.key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
    of->sink.level = CIHSM_LOG_TRACE;
}

static void shares_one_or_two_sessions_among_threads(void **state)
{
    fixture *of = *state;
    for (unsigned limit = 1; limit <= 2; limit++) {
        char rules[80];
        snprintf(rules, sizeof rules, "C_OpenSession -> limit %u\nC_Sign -> delay 5", limit);
        sign_in_threads(of, rules);
        assert_int_equal(shim_reported(of->hsm, "sessions-opened"), limit);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
        assert_int_equal(shim_reported(of->hsm, "C_Sign"), THREADS * ROUNDS);
    }
}

/* What failed is closed before there is another one, and the login with it. */
static void recovers_within_one_or_two_sessions(void **state)
{
    static const char *const TROUBLE[] = {
        "C_Sign #20 -> CKR_SESSION_HANDLE_INVALID",
        "C_Sign #20 -> CKR_DEVICE_ERROR\nC_Sign #50 -> CKR_OPERATION_ACTIVE",
        "C_Sign #20 -> CKR_CRYPTOKI_NOT_INITIALIZED",
    };
    fixture *of = *state;
    for (unsigned limit = 1; limit <= 2; limit++) {
        for (size_t i = 0; i < sizeof TROUBLE / sizeof *TROUBLE; i++) {
            of->asked = 0;
            char rules[200];
            snprintf(rules, sizeof rules, "C_OpenSession -> limit %u\nC_Sign -> delay 5\n%s", limit,
                     TROUBLE[i]);
            sign_in_threads(of, rules);
            assert_int_equal(of->asked, 1);
            assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
        }
    }
}

static void opens_when_others_have_closed_a_session(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession #1 -> CKR_SESSION_COUNT\n"
                                  "C_OpenSession #2 -> CKR_SESSION_COUNT"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "L");
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), 3);
    assert_true(shim_is_clean(of->hsm));
}

static void fails_at_the_deadline_if_others_keep_all_sessions(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession -> CKR_SESSION_COUNT"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    const long long start_us = log_clock_us();
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "waited in vain for a session: CKR_SESSION_COUNT");
    fixture_expect(&err, CIHSM_E_TOKEN, "close other programs");
    assert_true(log_clock_us() - start_us >= TIMEOUT_MS * 1000LL);
    assert_true(log_clock_us() - start_us < 8000 * 1000LL);
    assert_true(shim_reported(of->hsm, "C_OpenSession") <= 10); /* a few times a second */
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
}

static void brings_a_token_back_when_there_is_a_session_again(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> CKR_DEVICE_REMOVED\n"
                                  "C_OpenSession #2 -> CKR_SESSION_COUNT\n"
                                  "C_OpenSession #3 -> CKR_SESSION_COUNT\n"
                                  "C_OpenSession #4 -> CKR_SESSION_COUNT"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "L");
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 1);
    assert_true(shim_is_clean(of->hsm));
}

/* Takes all that can be had at once. @return how many */
static size_t take_all(cihsm_token *token, CK_SESSION_HANDLE out[PKCS11_SESSIONS_MAX])
{
    size_t count = 0;
    while (count < PKCS11_SESSIONS_MAX &&
           pkcs11_pool_take(token->pool, &out[count], NULL) == CIHSM_OK) {
        count++;
    }
    return count;
}

static void give_all(cihsm_token *token, const CK_SESSION_HANDLE *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pkcs11_pool_give(token->pool, sessions[i]);
    }
}

static void grows_again_when_the_token_has_more_sessions(void **state)
{
    fixture *of = *state;
    char rules[PKCS11_SESSIONS_MAX * 48] = "";
    for (unsigned i = 3; i <= 4; i++) {
        const size_t used = strlen(rules);
        snprintf(rules + used, sizeof rules - used, "C_OpenSession #%u -> CKR_SESSION_COUNT\n", i);
    }
    assert_true(shim_use(of->hsm, rules));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE sessions[PKCS11_SESSIONS_MAX];
    const size_t count = take_all(token, sessions); /* a pause at the third one */
    assert_int_equal(count, PKCS11_SESSIONS_MAX);
    give_all(token, sessions, count);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "sessions-opened"), PKCS11_SESSIONS_MAX);
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), PKCS11_SESSIONS_MAX + 2);
    assert_true(shim_is_clean(of->hsm));
}

/* A session that writes: idle ones make room, but for the one that keeps the login. */
static void closes_idle_sessions_for_one_that_writes(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession -> limit 3"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE sessions[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pkcs11_pool_take(token->pool, &sessions[i], NULL), CIHSM_OK);
    }
    give_all(token, sessions, 3);
    fixture_generate(token, "ec:P-256", "another");
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_true(shim_is_clean(of->hsm));

    assert_true(shim_use(of->hsm, "C_OpenSession -> limit 1"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    cihsm_error err = {0};
    cihsm_key_spec spec = {.label = "no"};
    assert_true(cihsm_key_type_parse("ec:P-256", &spec.type, &spec.bits));
    assert_int_equal(cihsm_key_generate(token, &spec, &made, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "cannot open a session that may write: CKR_SESSION_COUNT");
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(shares_one_or_two_sessions_among_threads, fixture_reset),
        cmocka_unit_test_setup(recovers_within_one_or_two_sessions, fixture_reset),
        cmocka_unit_test_setup(opens_when_others_have_closed_a_session, fixture_reset),
        cmocka_unit_test_setup(fails_at_the_deadline_if_others_keep_all_sessions, fixture_reset),
        cmocka_unit_test_setup(brings_a_token_back_when_there_is_a_session_again, fixture_reset),
        cmocka_unit_test_setup(grows_again_when_the_token_has_more_sessions, fixture_reset),
        cmocka_unit_test_setup(closes_idle_sessions_for_one_that_writes, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
