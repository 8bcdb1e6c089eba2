/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "unit/pkcs11/objects.h"

static cihsm_status try_open(fixture *of, const cihsm_token_config *config, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    of->asked = 0;
    cihsm_error_clear(err);
    return cihsm_token_open(config, &token, err);
}

static void never_offers_a_refused_pin_again(void **state)
{
    fixture *of = *state;
    const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    cihsm_error err = {0};
    of->pin = "87654399";
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "token " FIXTURE_LABEL " refused the PIN");
    assert_int_equal(err.native, CKR_PIN_INCORRECT);
    assert_int_equal(of->asked, 1);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    assert_true(shim_is_clean(of->hsm));

    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "refused this PIN before");
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);

    of->pin = "87654398"; /* another PIN is another matter */
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);

    of->pin = FIXTURE_PIN;
    assert_int_equal(try_open(of, &config, &err), CIHSM_OK);
    assert_true(shim_is_clean(of->hsm));
}

/* What the library asks and tells about a PIN that it shows. */
typedef struct shown {
    fixture *of;
    cihsm_status allowed;
    unsigned offers, verdicts;
    cihsm_pin_verdict last;
} shown;

static cihsm_status give(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                         cihsm_error *err)
{
    shown *about = user;
    assert_false(request->was_taken);
    return cihsm_secret_new(about->of->pin, strlen(about->of->pin), out, err);
}

static cihsm_status allow(void *user, const cihsm_pin_request *request, cihsm_error *err)
{
    shown *about = user;
    assert_string_equal(request->token_label, FIXTURE_LABEL);
    assert_int_equal(about->offers, about->verdicts);
    about->offers++;
    return about->allowed == CIHSM_OK ? CIHSM_OK
                                      : cihsm_fail_plain(err, about->allowed, "held back");
}

static void hear(void *user, const cihsm_pin_request *request, cihsm_pin_verdict verdict)
{
    shown *about = user;
    assert_string_equal(request->token_label, FIXTURE_LABEL);
    about->verdicts++;
    about->last = verdict;
    assert_int_equal(about->offers, about->verdicts);
}

static cihsm_token_config config_of(shown *about)
{
    cihsm_token_config config = fixture_config(about->of, SHIM_MODULE);
    config.pin = give;
    config.pin_offer = allow;
    config.pin_verdict = hear;
    config.pin_user = about;
    return config;
}

static void offers_no_pin_that_the_caller_holds_back(void **state)
{
    fixture *of = *state;
    shown about = {.of = of, .allowed = CIHSM_E_BUSY};
    const cihsm_token_config config = config_of(&about);
    cihsm_error err = {0};
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_BUSY);
    fixture_expect(&err, CIHSM_E_BUSY, "held back");
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
    assert_int_equal(about.offers, 1);
    assert_int_equal(about.verdicts, 0);
}

static void tells_what_became_of_each_pin_it_offered(void **state)
{
    fixture *of = *state;
    static const struct {
        const char *rule;
        cihsm_pin_verdict verdict;
    } ROWS[] = {
        {"", CIHSM_PIN_TAKEN},
        {"C_Login -> CKR_PIN_INCORRECT", CIHSM_PIN_REFUSED},
        {"C_Login -> CKR_GENERAL_ERROR", CIHSM_PIN_IN_DOUBT},
        {"C_Login -> CKR_DEVICE_REMOVED", CIHSM_PIN_NOT_JUDGED},
        {"C_Login -> CKR_USER_ALREADY_LOGGED_IN", CIHSM_PIN_NOT_JUDGED},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char pin[32];
        shown about = {.of = of};
        const cihsm_token_config config = config_of(&about);
        cihsm_error err = {0};
        snprintf(pin, sizeof pin, "shown-to-a-caller-%zu", i);
        of->pin = ROWS[i].verdict == CIHSM_PIN_TAKEN ? FIXTURE_PIN : pin;
        assert_true(shim_use(of->hsm, ROWS[i].rule));
        (void)try_open(of, &config, &err);
        assert_int_equal(about.verdicts, 1);
        assert_int_equal(about.last, ROWS[i].verdict);
        if (about.last == CIHSM_PIN_REFUSED || about.last == CIHSM_PIN_IN_DOUBT) {
            assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
            assert_int_equal(about.offers, 1); /* known here: nobody is asked */
        }
    }
}

static void looks_at_the_flags_before_it_asks(void **state)
{
    fixture *of = *state;
    static const struct {
        const char *rule;
        bool allow;
        cihsm_status status;
        const char *text;
        unsigned asked;
    } ROWS[] = {
        {"+USER_PIN_LOCKED", true, CIHSM_E_PIN, "is locked", 0},
        {"+USER_PIN_TO_BE_CHANGED", true, CIHSM_E_PIN, "must be changed", 0},
        {"+USER_PIN_FINAL_TRY", false, CIHSM_E_PIN, "--allow-final-try", 0},
        {"+USER_PIN_FINAL_TRY", true, CIHSM_OK, NULL, 1},
        {"+USER_PIN_COUNT_LOW", false, CIHSM_OK, NULL, 1},
        {"-LOGIN_REQUIRED", false, CIHSM_OK, NULL, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rule[96];
        snprintf(rule, sizeof rule, "C_GetTokenInfo -> flags %s", ROWS[i].rule);
        assert_true(shim_use(of->hsm, rule));
        cihsm_token_config config = fixture_config(of, SHIM_MODULE);
        config.allow_final_try = ROWS[i].allow;
        cihsm_error err = {0};
        of->request = (cihsm_pin_request){0};
        assert_int_equal(try_open(of, &config, &err), ROWS[i].status);
        if (ROWS[i].status != CIHSM_OK) {
            fixture_expect(&err, ROWS[i].status, ROWS[i].text);
        }
        assert_int_equal(of->asked, ROWS[i].asked);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), ROWS[i].asked);
        assert_int_equal(of->request.final_try,
                         ROWS[i].asked > 0 && strstr(ROWS[i].rule, "FINAL_TRY") != NULL);
        assert_int_equal(of->request.count_low,
                         ROWS[i].asked > 0 && strstr(ROWS[i].rule, "COUNT_LOW") != NULL);
    }
    assert_non_null(strstr(of->log, "1 token token " FIXTURE_LABEL " says"));
}

static void says_how_near_the_lock_is(void **state)
{
    fixture *of = *state;
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    cihsm_error err = {0};
    assert_true(shim_use(of->hsm, "C_Login -> lock-after 2"));
    of->pin = "first-wrong";
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "the next refused PIN locks the token");
    of->pin = "second-wrong";
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "--allow-final-try");
    config.allow_final_try = true;
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "it is locked now");
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "is locked; have the security officer");
    assert_int_equal(of->asked, 0);
    assert_true(shim_use(of->hsm, ""));
    of->pin = FIXTURE_PIN;
    assert_int_equal(try_open(of, &config, &err), CIHSM_OK);
}

static void turns_each_answer_to_a_login_into_a_sentence(void **state)
{
    fixture *of = *state;
    static const struct {
        const char *code;
        cihsm_status status;
        const char *text;
    } ROWS[] = {
        {"CKR_PIN_LOCKED", CIHSM_E_PIN, "security officer"},
        {"CKR_PIN_EXPIRED", CIHSM_E_PIN, "change the PIN first"},
        {"CKR_PIN_LEN_RANGE", CIHSM_E_PIN, "too short or too long"},
        {"CKR_PIN_INVALID", CIHSM_E_PIN, "characters"},
        {"CKR_USER_PIN_NOT_INITIALIZED", CIHSM_E_PIN, "no user PIN yet"},
        {"CKR_USER_TYPE_INVALID", CIHSM_E_PIN, "no such user"},
        {"CKR_USER_ANOTHER_ALREADY_LOGGED_IN", CIHSM_E_TOKEN, "another user"},
        {"CKR_FUNCTION_CANCELED", CIHSM_E_CANCELED, "declined or timed out"},
        {"CKR_GENERAL_ERROR", CIHSM_E_TOKEN, "which may have refused the PIN: CKR_GENERAL_ERROR"},
        {"0x80000001", CIHSM_E_TOKEN, "0x80000001"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rule[96];
        char pin[32];
        snprintf(rule, sizeof rule, "C_Login -> %s", ROWS[i].code);
        snprintf(pin, sizeof pin, "not-yet-used-%zu", i);
        assert_true(shim_use(of->hsm, rule));
        of->pin = pin;
        const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
        cihsm_error err = {0};
        assert_int_equal(try_open(of, &config, &err), ROWS[i].status);
        fixture_expect(&err, ROWS[i].status, ROWS[i].text);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
        assert_true(shim_is_clean(of->hsm));
    }
    assert_true(shim_use(of->hsm, "C_Login -> CKR_USER_ALREADY_LOGGED_IN"));
    of->pin = FIXTURE_PIN;
    const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    assert_int_equal(try_open(of, &config, NULL), CIHSM_OK);
}

static cihsm_status decline(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                            cihsm_error *err)
{
    (void)request;
    (void)out;
    (void)err;
    ++*(unsigned *)user;
    return CIHSM_E_CANCELED;
}

static void needs_a_pin_that_somebody_gives(void **state)
{
    fixture *of = *state;
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    cihsm_error err = {0};
    config.pin = NULL;
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "--pin-source");
    unsigned asked = 0;
    config.pin = decline;
    config.pin_user = &asked;
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_CANCELED);
    assert_int_equal(asked, 1);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
}

static void leaves_the_pin_to_the_reader(void **state)
{
    fixture *of = *state;
    /* SoftHSM has no reader: it refuses a login without a PIN, and that is all there is to see. */
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.pinpad = true;
    cihsm_error err = {0};
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "no PIN pad");
    assert_int_equal(of->asked, 0);
    assert_non_null(strstr(of->log, "at its reader"));

    config.pinpad = false;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags +PROTECTED_AUTHENTICATION_PATH"));
    assert_int_equal(try_open(of, &config, &err), CIHSM_E_PIN);
    assert_int_equal(of->asked, 0);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
}

static void logs_in_for_each_signature_of_a_key_that_wants_it(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate_pair(token, &(objects_pair){.label = "always", .always_authenticate = true});
    pkcs11_key *key = fixture_find(token, "always");
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error err = {0};
    of->asked = 0;
    for (unsigned i = 1; i <= 3; i++) {
        if (pkcs11_key_sign(key, &request, sig, &sig_len, &err) != CIHSM_OK) {
            fail_msg("%s", err.message);
        }
        assert_int_equal(sig_len, 64);
        assert_int_equal(of->asked, i);
    }
    const char *at = strstr(of->log, "C_Login CKR_OK");
    at = strstr(at + 1, "C_Login CKR_OK"); /* the first one for a signature: nothing in between */
    assert_non_null(at);
    const char *after = strstr(at, "token C_");
    assert_true(strncmp(after, "token C_Sign CKR_OK", 19) == 0);

    of->pin = "wrong-for-signing";
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "refused the PIN");
    const unsigned long logins = cihsm_token_count(token).logins;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_E_PIN);
    assert_int_equal(cihsm_token_count(token).logins, logins);
    of->pin = FIXTURE_PIN;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(never_offers_a_refused_pin_again, fixture_reset),
        cmocka_unit_test_setup(offers_no_pin_that_the_caller_holds_back, fixture_reset),
        cmocka_unit_test_setup(tells_what_became_of_each_pin_it_offered, fixture_reset),
        cmocka_unit_test_setup(looks_at_the_flags_before_it_asks, fixture_reset),
        cmocka_unit_test_setup(says_how_near_the_lock_is, fixture_reset),
        cmocka_unit_test_setup(turns_each_answer_to_a_login_into_a_sentence, fixture_reset),
        cmocka_unit_test_setup(needs_a_pin_that_somebody_gives, fixture_reset),
        cmocka_unit_test_setup(leaves_the_pin_to_the_reader, fixture_reset),
        cmocka_unit_test_setup(logs_in_for_each_signature_of_a_key_that_wants_it, fixture_reset),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
