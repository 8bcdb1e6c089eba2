/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/foreign.h"
#include "pkcs11/token.h"

enum { THREADS = 4, ROUNDS = 50 };

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

static void sign_in_threads(job *of)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_many, of), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
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

static void run_with(fixture *of, const char *rules, unsigned expected_failures)
{
    assert_true(shim_use(of->hsm, rules));
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "threads");
    EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    job work = {.key = key, .public_key = public_key};
    sign_in_threads(&work);
    assert_int_equal(work.failed, expected_failures);
    EVP_PKEY_free(public_key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Sign"), THREADS * ROUNDS);
    assert_true(shim_reported(of->hsm, "sessions-opened") <=
                THREADS + expected_failures); /* one each, and replacements */
}

static void signs_from_several_threads(void **state)
{
    run_with(*state, "", 0);
}

static void shares_the_sessions_that_the_token_allows(void **state)
{
    run_with(*state,
             "C_Sign -> delay 1\n"
             "C_OpenSession #3 -> CKR_SESSION_COUNT\n"
             "C_OpenSession #4 -> CKR_SESSION_COUNT\n"
             "C_OpenSession #5 -> CKR_SESSION_COUNT",
             0);
    fixture *of = *state;
    assert_true(shim_reported(of->hsm, "sessions-opened") <= 2);
}

static void fails_the_signatures_that_failed_and_no_others(void **state)
{
    run_with(*state,
             "C_Sign #20 -> CKR_DEVICE_ERROR\n"
             "C_Sign #40 -> CKR_DEVICE_ERROR\n"
             "C_Sign #60 -> CKR_DEVICE_ERROR",
             3);
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
    assert_true(shim_use(of->hsm, "C_OpenSession #2 -> CKR_SESSION_COUNT"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CK_SESSION_HANDLE only = CK_INVALID_HANDLE;
    CK_SESSION_HANDLE more = CK_INVALID_HANDLE;
    assert_int_equal(pkcs11_pool_take(token->pool, &only, NULL), CIHSM_OK);
    cihsm_error err = {0};
    assert_int_equal(pkcs11_pool_take(token->pool, &more, &err), CIHSM_E_BUSY);
    fixture_expect(&err, CIHSM_E_BUSY, "busy for 10 s");
    pkcs11_pool_give(token->pool, only);
    assert_int_equal(pkcs11_pool_take(token->pool, &more, NULL), CIHSM_OK);
    assert_int_equal(more, only);
    pkcs11_pool_give(token->pool, more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(signs_from_several_threads, fixture_reset),
        cmocka_unit_test_setup(shares_the_sessions_that_the_token_allows, fixture_reset),
        cmocka_unit_test_setup(fails_the_signatures_that_failed_and_no_others, fixture_reset),
        cmocka_unit_test_setup(never_opens_more_sessions_than_its_limit, fixture_reset),
        cmocka_unit_test_setup(gives_up_when_no_session_becomes_free, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
