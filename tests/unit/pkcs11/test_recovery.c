/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature survives, what it does not, and what either costs (docs/adr/0013). */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static int make_key(void **state)
{
    return fixture_setup_key(state, "R");
}

/* A token with rules, its key, and what happened since it was opened. */
typedef struct subject {
    cihsm_token *token;
    pkcs11_key *key;
    unsigned long before[PKCS11_FUNCTION_COUNT];
    cihsm_error err;
} subject;

static subject subject_open(fixture *of, const char *rules)
{
    assert_true(shim_use(of->hsm, rules));
    subject made = {.token = fixture_open(of, SHIM_MODULE)};
    made.key = fixture_find(made.token, "R");
    for (int i = 0; i < PKCS11_FUNCTION_COUNT; i++) {
        made.before[i] = pkcs11_module_count(made.token->link.module, (pkcs11_function)i);
    }
    return made;
}

static void subject_close(fixture *of, subject *at)
{
    pkcs11_key_free(&at->key);
    cihsm_token_free(&at->token);
    assert_true(shim_is_clean(of->hsm));
}

static unsigned long calls(const subject *at, pkcs11_function function)
{
    return pkcs11_module_count(at->token->link.module, function) - at->before[function];
}

static cihsm_status sign(subject *at)
{
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error_clear(&at->err);
    const cihsm_status status = pkcs11_key_sign(at->key, &request, sig, &sig_len, &at->err);
    assert_int_equal(sig_len, status == CIHSM_OK ? 64 : 0);
    assert_int_equal(at->err.status, status);
    return status;
}

static void expect_sign(subject *at)
{
    if (sign(at) != CIHSM_OK) {
        fail_msg("%s", at->err.message);
    }
}

/* How a signature gets over one failure. */
typedef enum cure { FAILS, NEW_SESSION, NEW_MODULE } cure;

static const struct {
    const char *code;
    cure cure;
    cihsm_status status; /* if it fails */
} CODES[] = {
    {"CKR_SESSION_HANDLE_INVALID", NEW_SESSION, CIHSM_OK},
    {"CKR_SESSION_CLOSED", NEW_SESSION, CIHSM_OK},
    {"CKR_OBJECT_HANDLE_INVALID", NEW_SESSION, CIHSM_OK},
    {"CKR_KEY_HANDLE_INVALID", NEW_SESSION, CIHSM_OK},
    {"CKR_KEY_TYPE_INCONSISTENT", NEW_SESSION, CIHSM_OK},
    {"CKR_OPERATION_ACTIVE", NEW_SESSION, CIHSM_OK},
    {"CKR_DEVICE_REMOVED", NEW_SESSION, CIHSM_OK},
    {"CKR_TOKEN_NOT_PRESENT", NEW_SESSION, CIHSM_OK},
    {"CKR_TOKEN_NOT_RECOGNIZED", NEW_SESSION, CIHSM_OK},
    {"CKR_SLOT_ID_INVALID", NEW_SESSION, CIHSM_OK},
    {"CKR_DEVICE_ERROR", NEW_SESSION, CIHSM_OK},
    {"CKR_GENERAL_ERROR", NEW_SESSION, CIHSM_OK},
    {"CKR_FUNCTION_FAILED", NEW_SESSION, CIHSM_OK},
    {"0x80000123", NEW_SESSION, CIHSM_OK},
    {"CKR_CRYPTOKI_NOT_INITIALIZED", NEW_MODULE, CIHSM_OK},
    {"CKR_HOST_MEMORY", FAILS, CIHSM_E_NO_MEMORY},
    {"CKR_DEVICE_MEMORY", FAILS, CIHSM_E_TOKEN},
    {"CKR_FUNCTION_CANCELED", FAILS, CIHSM_E_CANCELED},
    {"CKR_CANCEL", FAILS, CIHSM_E_CANCELED},
    {"CKR_FUNCTION_REJECTED", FAILS, CIHSM_E_CANCELED},
    {"CKR_MECHANISM_INVALID", FAILS, CIHSM_E_TOKEN},
    {"CKR_MECHANISM_PARAM_INVALID", FAILS, CIHSM_E_TOKEN},
    {"CKR_KEY_FUNCTION_NOT_PERMITTED", FAILS, CIHSM_E_TOKEN},
    {"CKR_KEY_SIZE_RANGE", FAILS, CIHSM_E_TOKEN},
    {"CKR_ACTION_PROHIBITED", FAILS, CIHSM_E_TOKEN},
    {"CKR_DATA_LEN_RANGE", FAILS, CIHSM_E_TOKEN},
    {"CKR_ARGUMENTS_BAD", FAILS, CIHSM_E_TOKEN},
    {"CKR_FUNCTION_NOT_SUPPORTED", FAILS, CIHSM_E_TOKEN},
    {"CKR_BUFFER_TOO_SMALL", FAILS, CIHSM_E_TOKEN},
    {"CKR_PIN_LOCKED", FAILS, CIHSM_E_PIN},
    {"CKR_PIN_EXPIRED", FAILS, CIHSM_E_PIN},
    {"CKR_USER_ANOTHER_ALREADY_LOGGED_IN", FAILS, CIHSM_E_TOKEN},
};
enum { CODE_COUNT = sizeof CODES / sizeof *CODES };

static void check_cure(const subject *at, size_t row)
{
    const unsigned long again = CODES[row].cure == FAILS ? 0 : 1;
    const unsigned long anew = CODES[row].cure == NEW_MODULE ? 1 : 0;
    assert_int_equal(calls(at, PKCS11_C_SignInit), 1 + again);
    assert_int_equal(calls(at, PKCS11_C_OpenSession), again);
    assert_int_equal(calls(at, PKCS11_C_FindObjectsInit), again);
    assert_int_equal(calls(at, PKCS11_C_Initialize), anew);
    assert_int_equal(calls(at, PKCS11_C_Finalize), anew);
    assert_int_equal(calls(at, PKCS11_C_Login), anew);
}

static void treats_each_code_as_the_table_says(fixture *of, const char *function)
{
    for (size_t row = 0; row < CODE_COUNT; row++) {
        char rule[96];
        snprintf(rule, sizeof rule, "%s #1 -> %s", function, CODES[row].code);
        subject at = subject_open(of, rule);
        const cihsm_status status = sign(&at);
        if (status != CODES[row].status) {
            fail_msg("%s: %s, %s", rule, cihsm_status_name(status), at.err.message);
        }
        check_cure(&at, row);
        if (status != CIHSM_OK) {
            expect_sign(&at); /* the next one is not disturbed */
            assert_int_equal(calls(&at, PKCS11_C_Login), 0);
        }
        assert_int_equal(of->asked, row + 1); /* by the opening; never again */
        subject_close(of, &at);
    }
}

static void treats_each_code_of_c_sign_as_the_table_says(void **state)
{
    treats_each_code_as_the_table_says(*state, "C_Sign");
}

static void treats_each_code_of_c_sign_init_as_the_table_says(void **state)
{
    treats_each_code_as_the_table_says(*state, "C_SignInit");
}

/* The first failure starts a recovery, in which the second one happens. */
static void goes_on_to_the_module_when_a_new_session_does_not_help(void **state)
{
    static const char *const RULES[] = {
        "C_Sign #2 -> CKR_DEVICE_ERROR",
        "C_SignInit #2 -> CKR_GENERAL_ERROR",
        "C_OpenSession #2 -> CKR_TOKEN_NOT_PRESENT",
        "C_OpenSession #2 -> CKR_DEVICE_ERROR",
        "C_GetSessionInfo #1 -> CKR_DEVICE_REMOVED",
        "C_FindObjectsInit #2 -> CKR_DEVICE_ERROR",
        "C_FindObjects #2 -> CKR_GENERAL_ERROR",
        "C_FindObjectsFinal #2 -> CKR_DEVICE_REMOVED",
        "C_CloseSession #1 -> CKR_DEVICE_ERROR", /* this one does no harm */
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        char rules[160];
        snprintf(rules, sizeof rules, "C_Sign #1 -> CKR_SESSION_CLOSED\n%s", RULES[i]);
        subject at = subject_open(of, rules);
        expect_sign(&at);
        const unsigned long anew = strstr(RULES[i], "C_CloseSession") == NULL;
        assert_int_equal(calls(&at, PKCS11_C_Initialize), anew);
        assert_int_equal(calls(&at, PKCS11_C_Login), anew);
        expect_sign(&at);
        assert_int_equal(calls(&at, PKCS11_C_Initialize), anew);
        subject_close(of, &at);
    }
}

static void makes_one_pass_and_then_says_what_is_wrong(void **state)
{
    static const struct {
        const char *rules, *text;
        unsigned long signs, initialized;
    } ROWS[] = {
        {"C_Sign -> CKR_DEVICE_REMOVED", "CKR_DEVICE_REMOVED", 3, 1},
        {"C_Sign -> CKR_SESSION_HANDLE_INVALID", "CKR_SESSION_HANDLE_INVALID", 2, 0},
        {"C_Sign -> CKR_CRYPTOKI_NOT_INITIALIZED", "CKR_CRYPTOKI_NOT_INITIALIZED", 2, 1},
        {"C_Sign -> CKR_DEVICE_ERROR\nC_GetSlotList #2 -> CKR_DEVICE_ERROR", "lost pkcs11:", 2, 1},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        subject at = subject_open(of, ROWS[i].rules);
        assert_int_equal(sign(&at), CIHSM_E_TOKEN);
        fixture_expect(&at.err, CIHSM_E_TOKEN, ROWS[i].text);
        assert_int_equal(calls(&at, PKCS11_C_Sign), ROWS[i].signs);
        assert_int_equal(calls(&at, PKCS11_C_Initialize), ROWS[i].initialized);
        subject_close(of, &at);
    }
}

static void comes_back_with_the_first_signature_after_the_trouble(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_Sign #1 -> CKR_DEVICE_REMOVED\n"
                                  "C_OpenSession #2 -> CKR_TOKEN_NOT_PRESENT\n"
                                  "C_GetSlotList #2 -> CKR_DEVICE_ERROR");
    assert_int_equal(sign(&at), CIHSM_E_TOKEN); /* initialised anew, it gives no slots */
    assert_int_equal(calls(&at, PKCS11_C_Initialize), 1);
    expect_sign(&at); /* now it does */
    assert_int_equal(calls(&at, PKCS11_C_Initialize), 1);
    assert_int_equal(calls(&at, PKCS11_C_Login), 1);
    subject_close(of, &at);

    at = subject_open(of, "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
                          "C_Initialize #2 -> CKR_DEVICE_ERROR");
    assert_int_equal(sign(&at), CIHSM_E_TOKEN);
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Initialize), 2);
    assert_int_equal(calls(&at, PKCS11_C_Login), 1);
    subject_close(of, &at);
}

/* What other code of the process does to us, through the module's own functions. */
static void survives_what_others_do_to_its_sessions(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "");
    CK_FUNCTION_LIST *others = at.token->link.module->functions;
    expect_sign(&at);

    assert_int_equal(others->C_CloseAllSessions(at.token->slot.id), CKR_OK);
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Login), 1);

    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    assert_int_equal(
        others->C_OpenSession(at.token->slot.id, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    assert_int_equal(others->C_Logout(session), CKR_OK);
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Login), 2);
    assert_int_equal(others->C_CloseSession(session), CKR_OK);
    assert_int_equal(calls(&at, PKCS11_C_Initialize), 0);

    assert_int_equal(others->C_Finalize(NULL), CKR_OK);
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Initialize), 1);
    assert_int_equal(calls(&at, PKCS11_C_Login), 3);
    assert_int_equal(of->asked, 1);
    pkcs11_key_free(&at.key);
    cihsm_token_free(&at.token);
    assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
}

static void finds_the_key_of_a_token_that_was_away(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "");
    expect_sign(&at);
    for (int round = 0; round < 2; round++) {
        assert_true(softhsm_hide(of->hsm));
        assert_int_equal(sign(&at), CIHSM_E_TOKEN);
        fixture_expect(&at.err, CIHSM_E_TOKEN, "lost pkcs11:");
        assert_int_equal(sign(&at), CIHSM_E_TOKEN);
        assert_true(softhsm_show(of->hsm));
        expect_sign(&at);
    }
    assert_int_equal(of->asked, 1);
    subject_close(of, &at);
}

static void never_offers_the_pin_again_that_is_refused_now(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_Login #2 -> CKR_PIN_INCORRECT\n"
                                  "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED");
    assert_int_equal(sign(&at), CIHSM_E_PIN);
    fixture_expect(&at.err, CIHSM_E_PIN, "the login was lost: token " FIXTURE_LABEL " refused");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign(&at), CIHSM_E_PIN);
        fixture_expect(&at.err, CIHSM_E_PIN, "no PIN it takes");
    }
    assert_int_equal(calls(&at, PKCS11_C_Login), 1);
    assert_int_equal(of->asked, 1);
    subject_close(of, &at);
}

static void does_not_repeat_a_login_that_fails(void **state)
{
    static const struct {
        const char *code;
        cihsm_status status;
        unsigned long logins;
    } ROWS[] = {
        {"CKR_DEVICE_ERROR", CIHSM_E_TOKEN, 1},
        {"CKR_FUNCTION_FAILED", CIHSM_E_TOKEN, 1},
        {"0x80000001", CIHSM_E_TOKEN, 1},
        {"CKR_FUNCTION_CANCELED", CIHSM_E_CANCELED, 1},
        {"CKR_USER_ALREADY_LOGGED_IN", CIHSM_OK, 1},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rules[160];
        snprintf(rules, sizeof rules, "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\nC_Login #2 -> %s",
                 ROWS[i].code);
        subject at = subject_open(of, rules);
        const bool is_logged_in = ROWS[i].status == CIHSM_OK;
        const cihsm_status status = sign(&at);
        if (!is_logged_in) { /* said to be, but is not: the key is not found */
            assert_int_equal(status, ROWS[i].status);
        }
        assert_int_equal(calls(&at, PKCS11_C_Login), ROWS[i].logins);
        subject_close(of, &at);
    }
}

static void looks_at_the_flags_before_it_logs_in_again(void **state)
{
    static const struct {
        const char *flag, *text;
    } ROWS[] = {
        {"+USER_PIN_LOCKED", "is locked"},
        {"+USER_PIN_FINAL_TRY", "--allow-final-try"},
        {"+USER_PIN_TO_BE_CHANGED", "must be changed"},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rules[256];
        snprintf(rules, sizeof rules,
                 "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
                 "C_GetTokenInfo #3 -> flags %s\nC_GetTokenInfo #4 -> flags %s\n"
                 "C_GetTokenInfo #5 -> flags %s",
                 ROWS[i].flag, ROWS[i].flag, ROWS[i].flag);
        subject at = subject_open(of, rules);
        assert_int_equal(sign(&at), CIHSM_E_PIN);
        fixture_expect(&at.err, CIHSM_E_PIN, ROWS[i].text);
        assert_int_equal(calls(&at, PKCS11_C_Login), 0);
        subject_close(of, &at);
    }
}

static void gives_no_pin_to_another_token_in_the_slot(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_Sign #1 -> CKR_SESSION_CLOSED");
    at.token->uri[strlen(at.token->uri) - 1] ^= 1; /* the one in the slot is another one now */
    CK_FUNCTION_LIST *others = at.token->link.module->functions;
    assert_int_equal(others->C_CloseAllSessions(at.token->slot.id), CKR_OK);
    assert_int_equal(sign(&at), CIHSM_E_TOKEN);
    fixture_expect(&at.err, CIHSM_E_TOKEN, "lost pkcs11:");
    assert_int_equal(calls(&at, PKCS11_C_Login), 0);
    pkcs11_key_free(&at.key);
    cihsm_token_free(&at.token);
}

static void leaves_a_module_alone_that_others_initialised(void **state)
{
    fixture *of = *state;
    cihsm_token *host = fixture_open(of, softhsm_module(of->hsm));
    subject at = subject_open(of, "C_Sign -> CKR_DEVICE_ERROR"); /* the same SoftHSM underneath */
    assert_int_equal(sign(&at), CIHSM_E_TOKEN);
    assert_int_equal(calls(&at, PKCS11_C_Sign), 2);
    assert_int_equal(calls(&at, PKCS11_C_Finalize), 0);
    CK_FUNCTION_LIST *shim = at.token->link.module->functions;
    pkcs11_key_free(&at.key);
    cihsm_token_free(&at.token);
    cihsm_token_free(&host);
    assert_int_equal(shim->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED); /* new rules again */
}

static void brings_all_tokens_of_the_module_back(void **state)
{
    fixture *of = *state;
    subject first = subject_open(of, "C_Sign #2 -> CKR_CRYPTOKI_NOT_INITIALIZED");
    cihsm_token *second = fixture_open(of, SHIM_MODULE);
    subject other = {.token = second, .key = fixture_find(second, "R")};
    expect_sign(&other);
    expect_sign(&first); /* initialises anew */
    assert_int_equal(calls(&first, PKCS11_C_Initialize), 1);
    expect_sign(&other);
    expect_sign(&first);
    assert_int_equal(calls(&first, PKCS11_C_Initialize), 1);
    pkcs11_key_free(&other.key);
    cihsm_token_free(&second);
    expect_sign(&first);
    subject_close(of, &first);
}

/* A further token is opened where the first one was lost, and the module with it. */
static void opens_a_token_of_a_module_that_was_lost(void **state)
{
    fixture *of = *state;
    subject first = subject_open(of, "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
                                     "C_Initialize #2 -> CKR_DEVICE_ERROR");
    assert_int_equal(sign(&first), CIHSM_E_TOKEN); /* the module is closed */
    cihsm_token *second = fixture_open(of, SHIM_MODULE);
    assert_int_equal(calls(&first, PKCS11_C_Initialize), 2);
    expect_sign(&first);

    assert_true(softhsm_hide(of->hsm));
    assert_int_equal(sign(&first), CIHSM_E_TOKEN); /* initialised anew without the token */
    assert_true(softhsm_show(of->hsm));
    cihsm_token *third = fixture_open(of, SHIM_MODULE);
    expect_sign(&first);
    assert_int_equal(of->asked, 3);
    cihsm_token_free(&second);
    cihsm_token_free(&third);
    subject_close(of, &first);
}

static void opens_a_token_once_more_only_where_that_may_help(void **state)
{
    static const struct {
        const char *rules;
        unsigned long initialized;
    } ROWS[] = {
        {"C_OpenSession #2 -> CKR_DEVICE_REMOVED", 1},
        {"C_GetSlotList #2 -> CKR_GENERAL_ERROR", 1},
        {"C_Login #2 -> CKR_DEVICE_ERROR", 0}, /* no login is repeated */
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        subject first = subject_open(of, ROWS[i].rules);
        const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
        cihsm_token *second = NULL;
        cihsm_error err = {0};
        const cihsm_status status = cihsm_token_open(&config, &second, &err);
        assert_int_equal(status, ROWS[i].initialized > 0 ? CIHSM_OK : CIHSM_E_TOKEN);
        assert_int_equal(calls(&first, PKCS11_C_Initialize), ROWS[i].initialized);
        cihsm_token_free(&second);
        subject_close(of, &first);

        assert_true(shim_use(of->hsm, "C_OpenSession #1 -> CKR_DEVICE_REMOVED"));
        assert_int_equal(cihsm_token_open(&config, &second, &err), CIHSM_E_TOKEN);
        assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 1); /* it was fresh */
    }
}

static void closes_nothing_of_an_earlier_initialisation(void **state)
{
    fixture *of = *state;
    subject first = subject_open(of, "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED");
    cihsm_token *second = fixture_open(of, SHIM_MODULE);
    expect_sign(&first);
    const unsigned long closed = calls(&first, PKCS11_C_CloseSession);
    cihsm_token_free(&second); /* its session may have a namesake now */
    assert_int_equal(calls(&first, PKCS11_C_CloseSession), closed);
    expect_sign(&first);
    subject_close(of, &first);
}

static void keeps_the_login_while_it_replaces_the_only_session(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_Sign #1 -> CKR_OPERATION_ACTIVE\n"
                                  "C_Sign #3 -> CKR_SESSION_CLOSED\n"
                                  "C_Sign #5 -> CKR_MECHANISM_INVALID");
    expect_sign(&at);
    expect_sign(&at);
    assert_int_equal(sign(&at), CIHSM_E_TOKEN);
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Login), 0);
    const char *open = strstr(of->log, "C_Sign CKR_OPERATION_ACTIVE");
    assert_non_null(open);
    assert_true(strstr(open, "C_OpenSession CKR_OK") < strstr(open, "C_CloseSession CKR_OK"));
    subject_close(of, &at);
}

static void makes_room_on_a_token_with_one_session(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_Sign #1 -> CKR_SESSION_CLOSED\n"
                                  "C_OpenSession #2 -> CKR_SESSION_COUNT");
    expect_sign(&at);
    assert_int_equal(calls(&at, PKCS11_C_Login), 1); /* the only session had to go first */
    subject_close(of, &at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(treats_each_code_of_c_sign_as_the_table_says, fixture_reset),
        cmocka_unit_test_setup(treats_each_code_of_c_sign_init_as_the_table_says, fixture_reset),
        cmocka_unit_test_setup(goes_on_to_the_module_when_a_new_session_does_not_help,
                               fixture_reset),
        cmocka_unit_test_setup(makes_one_pass_and_then_says_what_is_wrong, fixture_reset),
        cmocka_unit_test_setup(comes_back_with_the_first_signature_after_the_trouble,
                               fixture_reset),
        cmocka_unit_test_setup(survives_what_others_do_to_its_sessions, fixture_reset),
        cmocka_unit_test_setup(finds_the_key_of_a_token_that_was_away, fixture_reset),
        cmocka_unit_test_setup(looks_at_the_flags_before_it_logs_in_again, fixture_reset),
        cmocka_unit_test_setup(gives_no_pin_to_another_token_in_the_slot, fixture_reset),
        cmocka_unit_test_setup(leaves_a_module_alone_that_others_initialised, fixture_reset),
        cmocka_unit_test_setup(brings_all_tokens_of_the_module_back, fixture_reset),
        cmocka_unit_test_setup(opens_a_token_of_a_module_that_was_lost, fixture_reset),
        cmocka_unit_test_setup(opens_a_token_once_more_only_where_that_may_help, fixture_reset),
        cmocka_unit_test_setup(closes_nothing_of_an_earlier_initialisation, fixture_reset),
        cmocka_unit_test_setup(keeps_the_login_while_it_replaces_the_only_session, fixture_reset),
        cmocka_unit_test_setup(makes_room_on_a_token_with_one_session, fixture_reset),
        cmocka_unit_test_setup(does_not_repeat_a_login_that_fails, fixture_reset),
        /* last: the PIN of this token counts as refused in this process from then on */
        cmocka_unit_test_setup(never_offers_the_pin_again_that_is_refused_now, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
