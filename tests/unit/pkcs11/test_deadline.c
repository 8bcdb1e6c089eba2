/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that do not return in time. */
#include "fixture.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"
#include "unit/pkcs11/objects.h"

enum { TIMEOUT_MS = 1500, LONG_MS = 60000 };

static int make_key(void **state)
{
    return fixture_setup_key(state, "D");
}

/* Until the calls that were left have returned. */
static void wait_for_the_token(void)
{
    for (int waited_ms = 0; cihsm_token_is_stuck(); waited_ms += 20) {
        assert_true(waited_ms < LONG_MS);
        fixture_sleep_ms(20);
    }
}

static cihsm_status try_open(fixture *of, cihsm_token **out, cihsm_error *err)
{
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_error_clear(err);
    return cihsm_token_open(&config, out, err);
}

static cihsm_token *open_token(fixture *of, const char *rules)
{
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_true(shim_use(of->hsm, rules));
    if (try_open(of, &token, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    return token;
}

static void leaves_a_signature_that_does_not_come(void **state)
{
    fixture *of = *state;
    cihsm_token *token = open_token(of, "C_Sign #2 -> delay 8000");
    pkcs11_key *key = fixture_find(token, "D");
    fixture_expect_sign(key);
    cihsm_error err = {0};
    const long long start_us = log_clock_us();
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TIMEOUT);
    fixture_expect(&err, CIHSM_E_TIMEOUT, "token not answering; check that it is reachable");
    fixture_expect(&err, CIHSM_E_TIMEOUT, "--token-timeout");
    assert_true(cihsm_token_is_stuck());

    /* nothing is called meanwhile: neither a signature nor a restart */
    const unsigned long calls = cihsm_token_count(token).calls;
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TIMEOUT);
    fixture_expect(&err, CIHSM_E_TIMEOUT, "has not answered 1 call that had to be left, since 20");
    assert_int_equal(cihsm_token_count(token).calls, calls);
    assert_true(cihsm_token_is_stuck());
    assert_true(log_clock_us() - start_us < 8000 * 1000);

    wait_for_the_token();
    fixture_expect_sign(key);
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Finalize"), 1);
    assert_true(shim_is_clean(of->hsm));
}

static void leaves_any_call_that_does_not_return(void **state)
{
    static const char *const RULES[] = {
        "C_GetFunctionList -> delay 4000", "C_Initialize -> delay 4000",
        "C_GetSlotList -> delay 4000",     "C_GetTokenInfo -> delay 4000",
        "C_OpenSession -> delay 4000",     "C_Login -> delay 4000",
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        cihsm_token *token = NULL;
        cihsm_error err = {0};
        assert_true(shim_use(of->hsm, RULES[i]));
        assert_int_equal(try_open(of, &token, &err), CIHSM_E_TIMEOUT);
        fixture_expect(&err, CIHSM_E_TIMEOUT, "token not answering");
        assert_null(token);
        assert_int_equal(try_open(of, &token, &err), CIHSM_E_TIMEOUT);
        fixture_expect(&err, CIHSM_E_TIMEOUT, "that had to be left");
        wait_for_the_token();
        token = open_token(of, ""); /* finalises first what could not be */
        pkcs11_key *key = fixture_find(token, "D");
        fixture_expect_sign(key);
        pkcs11_key_free(&key);
        cihsm_token_free(&token);
    }
    /* the right PIN of the login that was left was offered again: it was not refused */
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
}

/* Where the frames of the call were that was left. @return how many bytes of it change */
static __attribute__((noinline)) size_t count_changes_until_it_returns(void)
{
    enum { BYTES = 32768, MARK = 0xA5 };
    volatile uint8_t stack[BYTES];
    for (size_t i = 0; i < BYTES; i++) {
        stack[i] = MARK;
    }
    wait_for_the_token();
    size_t changed = 0;
    for (size_t i = 0; i < BYTES; i++) {
        changed += stack[i] != MARK;
    }
    return changed;
}

static void a_call_that_was_left_writes_into_nobodys_memory(void **state)
{
    fixture *of = *state;
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_true(shim_use(of->hsm, "C_GetFunctionList -> delay 3000"));
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_TIMEOUT);
    fixture_expect(&err, CIHSM_E_TIMEOUT, "does not start: token not answering");
    assert_int_equal(count_changes_until_it_returns(), 0);
}

static void does_not_offer_the_pin_of_a_login_that_said_no_too_late(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Login -> delay 4000"));
    of->pin = "wrong-and-late";
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_TIMEOUT);
    wait_for_the_token();
    assert_true(shim_use(of->hsm, ""));
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "refused this PIN before");
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
}

static void closes_a_token_that_is_stuck_without_waiting(void **state)
{
    fixture *of = *state;
    cihsm_token *token = open_token(of, "C_SignInit #1 -> delay 6000");
    pkcs11_key *key = fixture_find(token, "D");
    cihsm_error err = {0};
    const long long start_us = log_clock_us();
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TIMEOUT);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(log_clock_us() - start_us < 6000 * 1000);
    assert_true(cihsm_token_is_stuck()); /* and so nothing was finalised */
    wait_for_the_token();
    token = open_token(of, "");
    cihsm_token_free(&token);
}

/* Their token was freed while nothing could be called, or nobody waited for them any more. */
static void closes_sessions_that_nobody_has_when_the_token_answers(void **state)
{
    fixture *of = *state;
    cihsm_error err = {0};
    cihsm_token *first = open_token(of, "C_Sign #1 -> delay 3000\nC_OpenSession #4 -> delay 3000");
    pkcs11_key *key = fixture_find(first, "D");
    cihsm_token *second = NULL;
    assert_int_equal(try_open(of, &second, &err), CIHSM_OK);
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TIMEOUT);
    cihsm_token_free(&second);
    wait_for_the_token();
    fixture_expect_sign(key); /* in the third session */

    assert_int_equal(try_open(of, &second, &err), CIHSM_E_TIMEOUT);
    wait_for_the_token();
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&first);
    assert_int_equal(shim_reported(of->hsm, "sessions-opened"), 4);
    assert_true(shim_is_clean(of->hsm));
}

static void has_one_deadline_for_a_signature_and_its_repetition(void **state)
{
    fixture *of = *state;
    cihsm_token *token = open_token(of, "C_Sign -> delay 1000\nC_Sign -> CKR_DEVICE_ERROR");
    pkcs11_key *key = fixture_find(token, "D");
    cihsm_error err = {0};
    const unsigned long signs = cihsm_token_count(token).signs;
    assert_int_not_equal(fixture_sign(key, &err), CIHSM_OK);
    assert_true(cihsm_token_count(token).signs - signs <= 2); /* a third one had no time left */
    wait_for_the_token();
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void waits_for_ever_if_told_so(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign -> delay 700"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = -1;
    cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);
    pkcs11_key *key = fixture_find(token, "D");
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void gives_a_new_key_more_time(void **state)
{
    fixture *of = *state;
    cihsm_token *token = open_token(of, "C_GenerateKeyPair -> delay 2500");
    fixture_generate(token, "ec:P-256", "slow");
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static cihsm_status give_pin_slowly(void *user, const cihsm_pin_request *request,
                                    cihsm_secret **out, cihsm_error *err)
{
    (void)request;
    fixture *of = user;
    if (of->asked++ > 0) {
        fixture_sleep_ms(TIMEOUT_MS + 500);
    }
    return cihsm_secret_new(of->pin, strlen(of->pin), out, err);
}

/* A key that wants its PIN for each signature, and a token that takes a while for one. */
static void sign_with_pin(fixture *of, const cihsm_token_config *config)
{
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    if (cihsm_token_open(config, &token, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    pkcs11_key *key = fixture_find(token, "each");
    const long long start_us = log_clock_us();
    fixture_expect_sign(key);
    assert_true(log_clock_us() - start_us > TIMEOUT_MS * 1000LL);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void does_not_count_the_time_of_who_types_a_pin(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate_pair(
        token, &(objects_pair){.id = 0x77, .label = "each", .always_authenticate = true});
    cihsm_token_free(&token);

    of->asked = 0;
    assert_true(shim_use(of->hsm, "C_Sign #2 -> delay 1200"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    config.pin = give_pin_slowly;
    sign_with_pin(of, &config);
    assert_int_equal(of->asked, 2);

    assert_true(shim_use(of->hsm, "C_Login -> pin " FIXTURE_PIN "\n"
                                  "C_Login #2 -> delay 2000\n"
                                  "C_Sign #2 -> delay 1200"));
    config.pinpad = true;
    sign_with_pin(of, &config);
    assert_int_equal(of->asked, 2); /* typed at the reader now */
}

static void *sign_once(void *key)
{
    cihsm_error err = {0};
    return fixture_sign(key, &err) == CIHSM_OK ? key : NULL;
}

static void does_not_count_the_time_of_the_one_before(void **state)
{
    fixture *of = *state;
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    assert_true(shim_use(of->hsm, "C_Sign -> delay 700"));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = TIMEOUT_MS;
    config.pin = give_pin_slowly;
    cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);
    enum { THREADS = 2 };
    pthread_t threads[THREADS];
    pkcs11_key *keys[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        keys[i] = fixture_find(token, "each");
        assert_int_equal(pthread_create(&threads[i], NULL, sign_once, keys[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *signed_with = NULL;
        assert_int_equal(pthread_join(threads[i], &signed_with), 0);
        assert_ptr_equal(signed_with, keys[i]);
        pkcs11_key_free(&keys[i]);
    }
    cihsm_token_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leaves_a_signature_that_does_not_come, fixture_reset),
        cmocka_unit_test_setup(leaves_any_call_that_does_not_return, fixture_reset),
        cmocka_unit_test_setup(a_call_that_was_left_writes_into_nobodys_memory, fixture_reset),
        cmocka_unit_test_setup(does_not_offer_the_pin_of_a_login_that_said_no_too_late,
                               fixture_reset),
        cmocka_unit_test_setup(closes_a_token_that_is_stuck_without_waiting, fixture_reset),
        cmocka_unit_test_setup(closes_sessions_that_nobody_has_when_the_token_answers,
                               fixture_reset),
        cmocka_unit_test_setup(has_one_deadline_for_a_signature_and_its_repetition, fixture_reset),
        cmocka_unit_test_setup(waits_for_ever_if_told_so, fixture_reset),
        cmocka_unit_test_setup(gives_a_new_key_more_time, fixture_reset),
        cmocka_unit_test_setup(does_not_count_the_time_of_who_types_a_pin, fixture_reset),
        cmocka_unit_test_setup(does_not_count_the_time_of_the_one_before, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
