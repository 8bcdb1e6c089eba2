/* SPDX-License-Identifier: Apache-2.0 */
/* What the module did, but said that it failed; and answers that hold less than they could. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"
#include "unit/pkcs11/objects.h"

static int make_key(void **state)
{
    return fixture_setup_key(state, "A");
}

static void expect_sign(fixture *of, cihsm_token *token)
{
    (void)of;
    pkcs11_key *key = fixture_find(token, "A");
    fixture_expect_sign(key);
    pkcs11_key_free(&key);
}

static cihsm_status try_open(fixture *of, cihsm_token **out, cihsm_error *err)
{
    const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    cihsm_error_clear(err);
    return cihsm_token_open(&config, out, err);
}

/* The first login of a process: nobody goes on with it, and its end is the end of the session. */
static void gives_up_a_first_login_whose_answer_is_lost(void **state)
{
    static const char *const CODES[] = {"CKR_DEVICE_ERROR", "CKR_FUNCTION_FAILED", "0x80000001"};
    fixture *of = *state;
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        char rule[64];
        snprintf(rule, sizeof rule, "C_Login -> after %s", CODES[i]);
        assert_true(shim_use(of->hsm, rule));
        cihsm_token *token = NULL;
        cihsm_error err = {0};
        assert_int_equal(try_open(of, &token, &err), CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, "cannot log in to token " FIXTURE_LABEL);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
        assert_true(shim_is_clean(of->hsm));

        assert_true(shim_use(of->hsm, "")); /* the PIN was not refused */
        token = fixture_open(of, SHIM_MODULE);
        expect_sign(of, token);
        cihsm_token_free(&token);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    }
}

/* The login that nobody heard of is found, not repeated. */
static void finds_itself_logged_in_where_the_answer_was_lost(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Login #2 -> after CKR_DEVICE_ERROR"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "A");
    CK_FUNCTION_LIST *others = token->link.module->functions;
    assert_int_equal(others->C_CloseAllSessions(token->slot.id), CKR_OK);
    cihsm_error err = {0};
    assert_int_equal(fixture_sign(key, &err), CIHSM_E_TOKEN); /* no login is repeated */
    fixture_expect(&err, CIHSM_E_TOKEN, "the login was lost: cannot log in");
    fixture_expect_sign(key);
    fixture_expect_sign(key);
    assert_int_equal(of->asked, 1);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 2);
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
}

/* The session stays open in the module, whose end it is: nobody has its number. */
static void goes_on_without_a_session_whose_answer_was_lost(void **state)
{
    static const struct {
        const char *rules;
        bool opens;
    } ROWS[] = {
        {"C_OpenSession #1 -> after CKR_DEVICE_ERROR", false},
        {"C_Sign #1 -> CKR_SESSION_CLOSED\nC_OpenSession #2 -> after CKR_DEVICE_ERROR", true},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        of->asked = 0;
        assert_true(shim_use(of->hsm, ROWS[i].rules));
        cihsm_token *token = NULL;
        cihsm_error err = {0};
        assert_int_equal(try_open(of, &token, &err), ROWS[i].opens ? CIHSM_OK : CIHSM_E_TOKEN);
        if (!ROWS[i].opens) {
            fixture_expect(&err, CIHSM_E_TOKEN, "cannot open a session: CKR_DEVICE_ERROR");
            assert_int_equal(of->asked, 0);
            assert_int_equal(shim_reported(of->hsm, "sessions-closed"), 0);
            continue;
        }
        expect_sign(of, token);
        expect_sign(of, token);
        assert_int_equal(of->asked, 1);
        cihsm_token_free(&token);
        assert_int_equal(shim_reported(of->hsm, "calls-after-finalize"), 0);
        assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
    }
}

/* The one session of a token is taken by nobody: what is left is to initialise the module anew. */
static void gets_over_any_lost_answer_of_a_signature(void **state)
{
    static const char *const RULES[] = {
        "C_SignInit #1 -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> after CKR_SESSION_CLOSED\nC_OpenSession #2 -> after CKR_DEVICE_REMOVED",
        "C_Sign #1 -> CKR_SESSION_CLOSED\nC_CloseSession -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\nC_Finalize -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> CKR_SESSION_CLOSED\nC_FindObjectsInit #2 -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> CKR_SESSION_CLOSED\nC_FindObjects #2 -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> CKR_SESSION_CLOSED\nC_FindObjectsFinal #2 -> after CKR_DEVICE_ERROR",
        "C_Sign #1 -> CKR_SESSION_CLOSED\nC_GetSessionInfo #1 -> after CKR_DEVICE_ERROR",
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        of->asked = 0;
        assert_true(shim_use(of->hsm, RULES[i]));
        cihsm_token *token = fixture_open(of, SHIM_MODULE);
        pkcs11_key *key = fixture_find(token, "A");
        cihsm_error err = {0};
        if (fixture_sign(key, &err) != CIHSM_OK) {
            fail_msg("%s: %s", RULES[i], err.message);
        }
        assert_int_equal(of->asked, 1);
        pkcs11_key_free(&key);
        cihsm_token_free(&token);
        assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
    }
}

static void reads_lists_to_their_end(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate(token, 0x31, "second");
    objects_generate(token, 0x32, "third");
    cihsm_token_free(&token);
    assert_true(shim_use(of->hsm, "C_FindObjects -> short 1"));
    token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    assert_int_equal(cihsm_key_list_fetch(token, NULL, &keys, NULL), CIHSM_OK);
    assert_int_equal(cihsm_key_list_count(keys), 3);
    expect_sign(of, token);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void lists_slots_that_become_more_meanwhile(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetSlotList #1 -> needs 70\n"
                                  "C_GetSlotList #2 -> needs 71\n"
                                  "C_GetSlotList #3 -> needs 90"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    expect_sign(of, token);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_GetSlotList"), 4);

    assert_true(shim_use(of->hsm, "C_GetSlotList -> needs 70"));
    token = fixture_open(of, SHIM_MODULE);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_GetSlotList"), 2);

    assert_true(shim_use(of->hsm, "C_GetSlotList -> needs 99999999"));
    cihsm_error err = {0};
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "cannot list the slots");
    assert_int_equal(shim_reported(of->hsm, "C_GetSlotList"), 1);
}

/* What it means that bytes are missing, who knows the key's size says (src/provider). */
static void hands_on_a_signature_as_long_as_it_is(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> short 3\nC_Sign #2 -> short 64"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "A");
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error err = {0};
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_OK);
    assert_int_equal(sig_len, 61);
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "CKR_BUFFER_TOO_SMALL");
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

/* As docs/adr/0017 says of each CKR_GENERAL_ERROR of a first login: the PIN counts as refused. */
static void takes_a_login_that_may_have_failed_for_a_refusal(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Login -> after CKR_GENERAL_ERROR"));
    cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "which may have refused the PIN");
    assert_true(shim_use(of->hsm, ""));
    assert_int_equal(try_open(of, &token, &err), CIHSM_E_PIN);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gives_up_a_first_login_whose_answer_is_lost, fixture_reset),
        cmocka_unit_test_setup(finds_itself_logged_in_where_the_answer_was_lost, fixture_reset),
        cmocka_unit_test_setup(goes_on_without_a_session_whose_answer_was_lost, fixture_reset),
        cmocka_unit_test_setup(gets_over_any_lost_answer_of_a_signature, fixture_reset),
        cmocka_unit_test_setup(reads_lists_to_their_end, fixture_reset),
        cmocka_unit_test_setup(lists_slots_that_become_more_meanwhile, fixture_reset),
        cmocka_unit_test_setup(hands_on_a_signature_as_long_as_it_is, fixture_reset),
        /* last: the PIN of this token counts as refused in this process from then on */
        cmocka_unit_test_setup(takes_a_login_that_may_have_failed_for_a_refusal, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
