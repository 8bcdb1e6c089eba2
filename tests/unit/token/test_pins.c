/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#include "cihsm/key.h"
#include "pkcs11/key.h"
#include "token/desk.h"

static const char NEW_PIN[] = "new-user-pin";

static void must_work(cihsm_status status, const cihsm_error *err)
{
    if (status != CIHSM_OK) {
        fail_msg("%s", err->message);
    }
}

static void the_officer_sets_a_pin(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    must_work(cihsm_token_set_pin(&config, &err), &err);
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(of->asked[CIHSM_PIN_USER], 0);
    assert_int_equal(of->taken[CIHSM_PIN_OFFICER], 1);
    assert_int_equal(of->taken[CIHSM_PIN_NEW_USER], 1);
    assert_true(scene_opens(of, NEW_PIN));
}

static void the_user_changes_the_pin(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    must_work(cihsm_token_change_pin(&config, &err), &err);
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0); /* C_SetPIN itself takes the old PIN */
    assert_int_equal(of->taken[CIHSM_PIN_USER], 1);
    assert_true(scene_opens(of, NEW_PIN));
    assert_int_equal(of->asked[CIHSM_PIN_OFFICER], 0);
}

static void a_refused_old_pin_is_not_offered_again(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_USER] = "wrong-old-pin";
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "token " SCENE_LABEL " refused the PIN");
    assert_int_equal(err.native, CKR_PIN_INCORRECT);
    assert_int_equal(of->refused[CIHSM_PIN_USER], 1);
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused this PIN before");
    assert_int_equal(shim_reported(of->hsm, "C_SetPIN"), 0);
    assert_false(scene_opens(of, "wrong-old-pin")); /* nor for a login */
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
    assert_true(scene_opens(of, SCENE_PIN));
}

static void a_refused_officer_pin_is_not_offered_again(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_OFFICER] = "wrong-officer-pin";
    assert_int_equal(cihsm_token_set_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused the security officer PIN");
    assert_int_equal(of->refused[CIHSM_PIN_OFFICER], 1);
    assert_int_equal(of->refused[CIHSM_PIN_USER], 0);
    assert_int_equal(cihsm_token_set_pin(&config, &err), CIHSM_E_PIN);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
    assert_true(shim_is_clean(of->hsm));
    assert_true(scene_opens(of, SCENE_PIN));
}

static void a_new_pin_that_the_token_does_not_like_costs_no_try(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_NEW_USER] = "12"; /* SoftHSM wants four */
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "too short or too long");
    assert_int_equal(cihsm_token_set_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "cannot set the PIN of token " SCENE_LABEL);
    assert_int_equal(of->refused[CIHSM_PIN_USER], 0);
    of->pins[CIHSM_PIN_NEW_USER] = NEW_PIN;
    must_work(cihsm_token_change_pin(&config, &err), &err);
}

static void looks_at_the_flags_before_it_asks(void **state)
{
    scene *of = *state;
    typedef cihsm_status (*call)(const cihsm_token_config *config, cihsm_error *err);
    static const struct {
        const char *flags;
        call run;
        bool allow;
        const char *text; /* NULL: it works */
    } ROWS[] = {
        {"+USER_PIN_LOCKED", cihsm_token_change_pin, true, "the PIN of token unit is locked"},
        {"+USER_PIN_LOCKED", cihsm_token_set_pin, false, NULL},
        {"+USER_PIN_FINAL_TRY", cihsm_token_change_pin, false, "--allow-final-try"},
        {"+SO_PIN_LOCKED", cihsm_token_set_pin, true, "security officer PIN of token unit is"},
        {"+SO_PIN_FINAL_TRY", cihsm_token_set_pin, false, "--allow-final-try"},
        {"+SO_PIN_TO_BE_CHANGED", cihsm_token_set_pin, true, "must be changed"},
        {"-USER_PIN_INITIALIZED", cihsm_token_change_pin, true, "has no PIN yet"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rule[96];
        snprintf(rule, sizeof rule, "C_GetTokenInfo -> flags %s", ROWS[i].flags);
        assert_true(shim_use(of->hsm, rule));
        memset(of->asked, 0, sizeof of->asked);
        cihsm_token_config config = scene_config(of);
        config.allow_final_try = ROWS[i].allow;
        cihsm_error err = {0};
        const cihsm_status status = ROWS[i].run(&config, &err);
        if (ROWS[i].text == NULL) {
            must_work(status, &err);
            continue;
        }
        scene_expect(&err, CIHSM_E_PIN, ROWS[i].text);
        assert_int_equal(of->asked[CIHSM_PIN_USER] + of->asked[CIHSM_PIN_OFFICER], 0);
    }
}

static void a_pin_that_must_be_changed_can_be(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags +USER_PIN_TO_BE_CHANGED"));
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "\"cihsm token change-pin\"");
    must_work(cihsm_token_change_pin(&config, &err), &err);
}

/* libp11 would wait for ever. */
static void ends_when_the_token_gives_no_session(void **state)
{
    scene *of = *state;
    static const char *const CODES[] = {"CKR_TOKEN_WRITE_PROTECTED", "CKR_DEVICE_REMOVED",
                                        "CKR_SESSION_COUNT", "CKR_TOKEN_NOT_PRESENT"};
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        for (unsigned nth = 1; nth <= 2; nth++) {
            char rule[96];
            snprintf(rule, sizeof rule, "C_OpenSession #%u -> %s", nth, CODES[i]);
            assert_true(shim_use(of->hsm, rule));
            const cihsm_token_config config = scene_config(of);
            cihsm_error err = {0};
            assert_int_equal(cihsm_token_set_pin(&config, &err), CIHSM_E_TOKEN);
            scene_expect(&err, CIHSM_E_TOKEN, CODES[i]);
            assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
            assert_true(shim_is_clean(of->hsm));
        }
        char rule[96];
        snprintf(rule, sizeof rule, "C_OpenSession -> %s", CODES[i]);
        assert_true(shim_use(of->hsm, rule));
        const cihsm_token_config config = scene_config(of);
        cihsm_error err = {0};
        assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_TOKEN);
        scene_expect(&err, CIHSM_E_TOKEN, CODES[i]);
        assert_int_equal(shim_reported(of->hsm, "C_SetPIN"), 0);
    }
}

static void logs_in_for_a_token_that_wants_it(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_SetPIN #1 -> CKR_USER_NOT_LOGGED_IN"));
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_USER] = "wrong-for-nss";
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused the PIN");
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_SetPIN"), 1);
    of->pins[CIHSM_PIN_USER] = SCENE_PIN;
    must_work(cihsm_token_change_pin(&config, &err), &err);
    assert_int_equal(shim_reported(of->hsm, "C_SetPIN"), 2);
    assert_true(shim_is_clean(of->hsm));
    assert_true(scene_opens(of, NEW_PIN));
}

/* "Logged in already" is no proof of a PIN, and here nothing was changed. */
static void a_pin_that_was_not_changed_is_not_told_as_changed(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_SetPIN -> CKR_USER_NOT_LOGGED_IN\n"
                                  "C_Login -> CKR_USER_ALREADY_LOGGED_IN"));
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_TOKEN);
    scene_expect(&err, CIHSM_E_TOKEN, "cannot change the PIN of token " SCENE_LABEL);
    assert_int_equal(of->taken[CIHSM_PIN_NEW_USER], 0);
    assert_true(shim_use(of->hsm, ""));
    assert_true(scene_opens(of, SCENE_PIN));
}

static void pins_can_be_typed_at_the_token(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_SetPIN -> CKR_FUNCTION_REJECTED"));
    cihsm_token_config config = scene_config(of);
    config.pinpad = true;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_change_pin(&config, &err), CIHSM_E_CANCELED);
    scene_expect(&err, CIHSM_E_CANCELED, "declined at the token");
    assert_int_equal(of->asked[CIHSM_PIN_USER] + of->asked[CIHSM_PIN_NEW_USER], 0);
    assert_int_equal(of->refused[CIHSM_PIN_USER], 0);
}

static cihsm_status sign(pkcs11_key *key, cihsm_error *err)
{
    static const uint8_t HASH[32] = {1};
    const cihsm_sign_request request = {CIHSM_ECDSA, CIHSM_SHA256, HASH, sizeof HASH, 0};
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t len = 0;
    return pkcs11_key_sign(key, &request, sig, &len, err);
}

/* The login of another code of the process proves no PIN. */
static void a_pin_that_was_not_looked_at_is_in_doubt_when_it_fails(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_USER] = "not-looked-at";
    assert_true(shim_use(of->hsm, "C_Login #1 -> CKR_USER_ALREADY_LOGGED_IN\n"
                                  "C_Login #2 -> CKR_GENERAL_ERROR"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    must_work(cihsm_token_open(&config, &token, &err), &err);
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    assert_int_equal(pkcs11_key_find(token, "pkcs11:object=k", &key, &err), CIHSM_E_TOKEN);
    scene_expect(&err, CIHSM_E_TOKEN, "the login was lost; repeat");
    err = (cihsm_error){0};
    assert_int_equal(pkcs11_key_find(token, "pkcs11:object=k", &key, &err), CIHSM_E_TOKEN);
    scene_expect(&err, CIHSM_E_TOKEN, "which may have refused the PIN");
    assert_int_equal(of->taken[CIHSM_PIN_USER], 0);
    assert_int_equal(of->doubted[CIHSM_PIN_USER], 1);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 2);
}

/* docs/adr/0017 */
static void a_general_error_puts_a_pin_in_doubt_unless_it_was_taken_before(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_USER] = "a-pin-in-doubt";
    assert_true(shim_use(of->hsm, "C_Login -> CKR_GENERAL_ERROR"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_E_TOKEN);
    scene_expect(&err, CIHSM_E_TOKEN, "which may have refused the PIN");
    assert_int_equal(of->refused[CIHSM_PIN_USER], 0);
    assert_int_equal(of->doubted[CIHSM_PIN_USER], 1);

    of->pins[CIHSM_PIN_USER] = SCENE_PIN;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
                                  "C_Login #2 -> CKR_GENERAL_ERROR"));
    must_work(cihsm_token_open(&config, &token, &err), &err);
    const cihsm_key_spec spec = {.label = "k", .type = CIHSM_KEY_EC_P256};
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    must_work(cihsm_key_generate(token, &spec, &made, &err), &err);
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    must_work(pkcs11_key_find(token, "pkcs11:object=k", &key, &err), &err);
    assert_int_not_equal(sign(key, &err), CIHSM_OK);
    assert_non_null(strstr(err.message, "the login was lost: cannot log in to token unit: "));
    assert_int_equal(of->taken[CIHSM_PIN_USER], 1);
    assert_int_equal(of->refused[CIHSM_PIN_USER], 0);
    assert_int_not_equal(sign(key, &err), CIHSM_OK); /* nor is it offered again here */
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 2);
}

static void nobody_joins_a_module_that_is_taken(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    desk at;
    must_work(desk_take(&at, &config, &err), &err);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_E_STATE);
    scene_expect(&err, CIHSM_E_STATE, "in use by this process");
    desk_leave(&at);
    must_work(cihsm_token_open(&config, &token, &err), &err);
}

static void a_module_of_the_host_program_stays_initialised(void **state)
{
    scene *of = *state;
    void *library = dlopen(SHIM_MODULE, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    void *symbol = dlsym(library, "C_GetFunctionList");
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof symbol);
    CK_FUNCTION_LIST *functions = NULL;
    assert_int_equal(get(&functions), CKR_OK);
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    assert_int_equal(functions->C_Initialize(&args), CKR_OK);

    const cihsm_token_config config = scene_config(of);
    cihsm_error err = {0};
    must_work(cihsm_token_set_pin(&config, &err), &err);
    CK_INFO info;
    assert_int_equal(functions->C_GetInfo(&info), CKR_OK);
    assert_int_equal(functions->C_Finalize(NULL), CKR_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_officer_sets_a_pin),
        TEST(the_user_changes_the_pin),
        TEST(a_refused_old_pin_is_not_offered_again),
        TEST(a_refused_officer_pin_is_not_offered_again),
        TEST(a_new_pin_that_the_token_does_not_like_costs_no_try),
        TEST(looks_at_the_flags_before_it_asks),
        TEST(a_pin_that_must_be_changed_can_be),
        TEST(ends_when_the_token_gives_no_session),
        TEST(logs_in_for_a_token_that_wants_it),
        TEST(a_pin_that_was_not_changed_is_not_told_as_changed),
        TEST(pins_can_be_typed_at_the_token),
        TEST(a_pin_that_was_not_looked_at_is_in_doubt_when_it_fails),
        TEST(a_general_error_puts_a_pin_in_doubt_unless_it_was_taken_before),
        TEST(nobody_joins_a_module_that_is_taken),
        TEST(a_module_of_the_host_program_stays_initialised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
