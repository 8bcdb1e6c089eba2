/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <stdio.h>
#include <string.h>

static const cihsm_key_support *key_of(const cihsm_token_report *report, const char *type)
{
    for (size_t i = 0; cihsm_token_report_key(report, i) != NULL; i++) {
        if (strcmp(cihsm_token_report_key(report, i)->type, type) == 0) {
            return cihsm_token_report_key(report, i);
        }
    }
    return NULL;
}

static cihsm_token_report *fetch(scene *of)
{
    const cihsm_token_config config = scene_config(of);
    cihsm_token_report *report = NULL;
    cihsm_error err = {0};
    if (cihsm_token_report_fetch(&config, &report, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    return report;
}

static void lists_tokens_and_free_slots(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = {.module = SHIM_MODULE};
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = NULL;
    assert_int_equal(cihsm_token_list_fetch(&config, &list, NULL), CIHSM_OK);
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), 0);
    assert_int_equal(cihsm_token_list_count(list), 2);
    assert_null(cihsm_token_list_at(list, 2));
    const bool first = cihsm_token_list_at(list, 0)->initialized;
    const cihsm_token_info *token = cihsm_token_list_at(list, first ? 0 : 1);
    const cihsm_token_info *free_slot = cihsm_token_list_at(list, first ? 1 : 0);
    assert_string_equal(token->label, SCENE_LABEL);
    assert_int_equal(token->user_pin, CIHSM_PIN_OK);
    assert_int_equal(token->officer_pin, CIHSM_PIN_OK);
    assert_true(token->login_required);
    assert_false(free_slot->initialized);
    assert_int_equal(free_slot->user_pin, CIHSM_PIN_NOT_SET);
    assert_int_equal(free_slot->officer_pin, CIHSM_PIN_NOT_SET);
    char uri[64];
    snprintf(uri, sizeof uri, "pkcs11:slot-id=%lu", free_slot->slot_id);
    assert_string_equal(free_slot->uri, uri);
}

static void says_the_state_of_the_pins(void **state)
{
    scene *of = *state;
    static const struct {
        const char *flags;
        cihsm_pin_state user, officer;
    } ROWS[] = {
        {"+USER_PIN_COUNT_LOW", CIHSM_PIN_WRONG_GIVEN, CIHSM_PIN_OK},
        {"+USER_PIN_COUNT_LOW,+USER_PIN_FINAL_TRY", CIHSM_PIN_LAST_TRY, CIHSM_PIN_OK},
        {"+USER_PIN_COUNT_LOW,+USER_PIN_LOCKED", CIHSM_PIN_LOCKED, CIHSM_PIN_OK},
        {"+USER_PIN_TO_BE_CHANGED", CIHSM_PIN_MUST_CHANGE, CIHSM_PIN_OK},
        {"-USER_PIN_INITIALIZED", CIHSM_PIN_NOT_SET, CIHSM_PIN_OK},
        {"+SO_PIN_COUNT_LOW", CIHSM_PIN_OK, CIHSM_PIN_WRONG_GIVEN},
        {"+SO_PIN_FINAL_TRY", CIHSM_PIN_OK, CIHSM_PIN_LAST_TRY},
        {"+SO_PIN_LOCKED", CIHSM_PIN_OK, CIHSM_PIN_LOCKED},
        {"+SO_PIN_TO_BE_CHANGED", CIHSM_PIN_OK, CIHSM_PIN_MUST_CHANGE},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char rule[128];
        snprintf(rule, sizeof rule, "C_GetTokenInfo -> flags %s", ROWS[i].flags);
        assert_true(shim_use(of->hsm, rule));
        CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = fetch(of);
        assert_int_equal(cihsm_token_report_info(report)->user_pin, ROWS[i].user);
        assert_int_equal(cihsm_token_report_info(report)->officer_pin, ROWS[i].officer);
    }
}

static void says_which_keys_will_work(void **state)
{
    scene *of = *state;
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = fetch(of);
    static const char *const TYPES[] = {"rsa:2048", "rsa:3072", "rsa:4096", "ec:P-256", "ec:P-384"};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        const cihsm_key_support *key = key_of(report, TYPES[i]);
        assert_non_null(key);
        assert_int_equal(key->generate, CIHSM_YES);
        assert_int_equal(key->tls12, CIHSM_YES);
        assert_int_equal(key->tls13, CIHSM_YES);
    }
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
}

static void what_is_not_listed_is_not_ruled_out(void **state)
{
    scene *of = *state;
    assert_true(softhsm_configure(of->hsm, "slots.mechanisms = -,CKM_RSA_PKCS_PSS,CKM_ECDSA"));
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = fetch(of);
    assert_int_equal(key_of(report, "rsa:2048")->tls13, CIHSM_UNKNOWN);
    assert_int_equal(key_of(report, "rsa:2048")->tls12, CIHSM_YES); /* by CKM_RSA_PKCS */
    assert_int_equal(key_of(report, "ec:P-256")->tls13, CIHSM_UNKNOWN);
    assert_int_equal(key_of(report, "ec:P-256")->tls12, CIHSM_UNKNOWN);
    assert_int_equal(key_of(report, "ec:P-256")->generate, CIHSM_YES);
}

static void goes_on_without_key_sizes(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_GetMechanismInfo -> CKR_FUNCTION_FAILED"));
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = fetch(of);
    assert_int_equal(cihsm_token_report_mechanism(report, 0)->bits_max, 0);
    assert_true(cihsm_token_report_mechanism(report, 0)->listed);
    assert_int_equal(key_of(report, "rsa:4096")->tls13, CIHSM_YES);
}

static void a_list_that_cannot_be_read_is_an_error(void **state)
{
    scene *of = *state;
    for (unsigned nth = 1; nth <= 2; nth++) {
        char rule[64];
        snprintf(rule, sizeof rule, "C_GetMechanismList #%u -> CKR_DEVICE_ERROR", nth);
        assert_true(shim_use(of->hsm, rule));
        const cihsm_token_config config = scene_config(of);
        CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_token_report_fetch(&config, &report, &err), CIHSM_E_TOKEN);
        scene_expect(&err, CIHSM_E_TOKEN, "cannot list the mechanisms");
        assert_true(shim_is_clean(of->hsm));
    }
}

static void compares_a_uri_with_a_token(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool matches;
    } ROWS[] = {
        {"pkcs11:token=cpi", true},
        {"pkcs11:token=cpi;serial=4711", true},
        {"pkcs11:token=cpi;serial=4711;model=x;manufacturer=y", true},
        {"pkcs11:", true},
        {"pkcs11:token=CPI", false},
        {"pkcs11:token=cpi2", false},
        {"pkcs11:serial=471", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        bool matches = !ROWS[i].matches;
        assert_int_equal(cihsm_token_uri_matches(ROWS[i].uri, "cpi", "4711", &matches, NULL),
                         CIHSM_OK);
        assert_int_equal(matches, ROWS[i].matches);
    }
    bool matches = true;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_uri_matches("token=cpi", "cpi", "4711", &matches, &err),
                     CIHSM_E_USAGE);
    assert_int_equal(
        cihsm_token_uri_matches("pkcs11:", "a label that no token can have, it is too long", "",
                                &matches, &err),
        CIHSM_OK);
    assert_false(matches);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(lists_tokens_and_free_slots), TEST(says_the_state_of_the_pins),
        TEST(says_which_keys_will_work),   TEST(what_is_not_listed_is_not_ruled_out),
        TEST(goes_on_without_key_sizes),   TEST(a_list_that_cannot_be_read_is_an_error),
        TEST(compares_a_uri_with_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
