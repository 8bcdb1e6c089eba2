/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/foreign.h"
#include "base/log.h"
#include "pkcs11/token.h"

enum { THREADS = 8, ROUNDS = 50 };

typedef struct job {
    pkcs11_key *key;
    EVP_PKEY *public_key;
    atomic_uint failed;
} job;

/* cmocka's asserts belong to the main thread: this only counts. */
static void *sign_many(void *context)
{
    job *of = context;
    const cihsm_sign_request request = fixture_request(CIHSM_RSA_PSS);
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t sig[CIHSM_SIGNATURE_MAX];
        size_t sig_len = 0;
        if (pkcs11_key_sign(of->key, &request, sig, &sig_len, NULL) != CIHSM_OK ||
            !fixture_verifies(of->public_key, &request, sig, sig_len)) {
            atomic_fetch_add(&of->failed, 1);
        }
    }
    return NULL;
}

static int make_key(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "rsa:2048", "threads");
    return 0;
}

/* Signs in all threads with one token; every signature succeeds and the module is left clean. */
static void sign_by_rules(fixture *of, const char *rules)
{
    assert_true(shim_use(of->hsm, rules));
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "threads");
    EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    job work = {.key = key, .public_key = public_key};
    fixture_run_threads(THREADS, sign_many, &work);
    assert_int_equal(work.failed, 0);
    EVP_PKEY_free(public_key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

/* @param failures  of signatures, each got over with one more call of C_Sign and a new session */
static void run_with(fixture *of, const char *rules, unsigned failures)
{
    sign_by_rules(of, rules);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Sign"), THREADS * ROUNDS + failures);
    assert_true(shim_reported(of->hsm, "sessions-opened") <= THREADS * (1 + failures));
}

static void signs_from_several_threads(void **state)
{
    run_with(*state, "", 0);
}

static void shares_the_sessions_that_the_token_allows(void **state)
{
    run_with(*state,
             "C_Sign -> delay 1\n"
             "C_OpenSession -> limit 2",
             0);
    fixture *of = *state;
    assert_int_equal(shim_reported(of->hsm, "sessions-opened"), 2);
}

/* One: a second might meet the repetition of the first, which is a reason to log in again. */
static void gets_over_the_failure_of_a_signature(void **state)
{
    run_with(*state, "C_Sign #20 -> CKR_DEVICE_ERROR", 1);
}

/* Every thread fails, one brings the token back, and all go on. */
static void run_through_trouble(fixture *of, const char *code, unsigned long initialized)
{
    char rules[1024] = "";
    for (int i = 0; i < THREADS; i++) {
        const size_t used = strlen(rules);
        /* waits, so that all threads are there before the first one comes back */
        snprintf(rules + used, sizeof rules - used, "C_Sign #%d -> delay 1000\nC_Sign #%d -> %s\n",
                 40 + i, 40 + i, code);
    }
    sign_by_rules(of, rules);
    assert_true(shim_reported(of->hsm, "C_Initialize") <= 1 + initialized);
    assert_true(shim_reported(of->hsm, "C_Login") <= 1 + initialized);
    assert_int_equal(of->asked, 1);
}

static void recovers_once_for_all_threads(void **state)
{
    run_through_trouble(*state, "CKR_SESSION_HANDLE_INVALID", 0);
    assert_int_equal(fixture_reset(state), 0);
    run_through_trouble(*state, "CKR_CRYPTOKI_NOT_INITIALIZED", 1);
}

enum { CLIENTS = 4 };

/* Clients have tokens of their own: one initialises the module anew, all find their way back. */
static void brings_the_tokens_of_all_threads_back(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #20 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
                                  "C_Sign #50 -> CKR_CRYPTOKI_NOT_INITIALIZED"));
    of->sink.level = CIHSM_LOG_ERROR;
    cihsm_token *tokens[CLIENTS];
    job works[CLIENTS] = {{.failed = 0}};
    pthread_t threads[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        tokens[i] = fixture_open(of, SHIM_MODULE);
        works[i].key = fixture_find(tokens[i], "threads");
        assert_int_equal(pkcs11_key_public(works[i].key, &works[i].public_key, NULL), CIHSM_OK);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_many, &works[i]), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(works[i].failed, 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        EVP_PKEY_free(works[i].public_key);
        pkcs11_key_free(&works[i].key);
        cihsm_token_free(&tokens[i]);
    }
    assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 3);
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
    assert_int_equal(shim_reported(of->hsm, "calls-after-finalize"), 0);
    assert_int_equal(of->asked, CLIENTS);
}

static void never_opens_more_sessions_than_its_limit(void **state)
{
    fixture *of = *state;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE sessions[PKCS11_SESSIONS_MAX];
    const unsigned long before = cihsm_token_count(token).sessions;
    for (size_t i = 0; i < PKCS11_SESSIONS_MAX; i++) {
        assert_int_equal(pkcs11_pool_take(token->pool, &sessions[i], NULL), CIHSM_OK);
    }
    assert_int_equal(cihsm_token_count(token).sessions, before + PKCS11_SESSIONS_MAX - 1);
    for (size_t i = 0; i < PKCS11_SESSIONS_MAX; i++) {
        pkcs11_pool_give(token->pool, sessions[i]);
    }
}

static void gives_up_when_no_session_becomes_free(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession -> limit 1"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE only = CK_INVALID_HANDLE;
    CK_SESSION_HANDLE more = CK_INVALID_HANDLE;
    assert_int_equal(pkcs11_pool_take(token->pool, &only, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(pkcs11_pool_take(token->pool, &more, &err), CIHSM_E_BUSY);
    fixture_expect(&err, CIHSM_E_BUSY, "use fewer threads");
    pkcs11_pool_give(token->pool, only);
    assert_int_equal(pkcs11_pool_take(token->pool, &more, NULL), CIHSM_OK);
    assert_int_equal(more, only);
    pkcs11_pool_give(token->pool, more);
}

static void waits_for_a_session_no_longer_than_for_the_token(void **state)
{
    enum { TIMEOUT_MS = 1500 };
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession -> limit 1"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);
    pkcs11_key *key = fixture_find(token, "threads");
    CK_SESSION_HANDLE only = CK_INVALID_HANDLE;
    assert_int_equal(pkcs11_pool_take(token->pool, &only, NULL), CIHSM_OK); /* another thread's */
    const long long start_us = log_clock_us();
    cihsm_error err = {0};
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_BUSY);
    assert_true(log_clock_us() - start_us >= TIMEOUT_MS * 1000LL);
    assert_true(log_clock_us() - start_us < 8000 * 1000LL);
    fixture_expect(&err, CIHSM_E_BUSY, "none became free in time");
    pkcs11_pool_give(token->pool, only);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void *take_session(void *pool)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    return pkcs11_pool_take(pool, &session, NULL) == CIHSM_OK ? pool : NULL;
}

/* Closing the last session logs out; one that is being opened may fail. */
static void keeps_the_last_session_until_another_one_is_open(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_OpenSession #2 -> delay 1500\n"
                                  "C_OpenSession #2 -> CKR_DEVICE_ERROR"));
    of->sink.level = CIHSM_LOG_ERROR;
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    assert_int_equal(pkcs11_pool_take(token->pool, &session, NULL), CIHSM_OK);
    const unsigned long before = cihsm_token_count(token).sessions;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, take_session, token->pool), 0);
    while (cihsm_token_count(token).sessions == before) {
        fixture_sleep_ms(10);
    }
    pkcs11_pool_discard(token->pool, session); /* while the other one is opening */
    void *taken = NULL;
    assert_int_equal(pthread_join(other, &taken), 0);
    assert_null(taken);
    assert_int_equal(pkcs11_pool_take(token->pool, &session, NULL), CIHSM_OK);
    bool is_logged_in = false;
    assert_int_equal(pkcs11_login_state(&token->link, session, &is_logged_in), CKR_OK);
    assert_true(is_logged_in);
    pkcs11_pool_give(token->pool, session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(signs_from_several_threads, fixture_reset),
        cmocka_unit_test_setup(shares_the_sessions_that_the_token_allows, fixture_reset),
        cmocka_unit_test_setup(gets_over_the_failure_of_a_signature, fixture_reset),
        cmocka_unit_test_setup(recovers_once_for_all_threads, fixture_reset),
        cmocka_unit_test_setup(brings_the_tokens_of_all_threads_back, fixture_reset),
        cmocka_unit_test_setup(never_opens_more_sessions_than_its_limit, fixture_reset),
        cmocka_unit_test_setup(keeps_the_last_session_until_another_one_is_open, fixture_reset),
        cmocka_unit_test_setup(gives_up_when_no_session_becomes_free, fixture_reset),
        cmocka_unit_test_setup(waits_for_a_session_no_longer_than_for_the_token, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
