/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <string.h>

#include "base/error.h"

static cihsm_status allow(void *user, const cihsm_token_info *token, cihsm_error *err)
{
    (void)err;
    unsigned *asked = user;
    ++*asked;
    assert_string_equal(token->label, SCENE_LABEL);
    return CIHSM_OK;
}

static cihsm_status decline(void *user, const cihsm_token_info *token, cihsm_error *err)
{
    (void)token;
    unsigned *asked = user;
    ++*asked;
    return cihsm_fail_plain(err, CIHSM_E_CANCELED, "the person said no");
}

/* The token of that label as the module lists it now. */
static bool find(scene *of, const char *label, cihsm_token_info *out)
{
    assert_true(shim_use(of->hsm, ""));
    const cihsm_token_config config = {.module = SHIM_MODULE};
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = NULL;
    assert_int_equal(cihsm_token_list_fetch(&config, &list, NULL), CIHSM_OK);
    for (size_t i = 0; i < cihsm_token_list_count(list); i++) {
        if (strcmp(cihsm_token_list_at(list, i)->label, label) == 0) {
            *out = *cihsm_token_list_at(list, i);
            out->uri = NULL;
            return true;
        }
    }
    return false;
}

static void initialises_the_free_slot(void **state)
{
    scene *of = *state;
    cihsm_token_config config = scene_config(of);
    config.uri = NULL;
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    cihsm_error err = {0};
    if (cihsm_token_initialize(&config, "zweites Tökchen", NULL, NULL, &made, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(cihsm_token_list_count(made), 1);
    const cihsm_token_info *token = cihsm_token_list_at(made, 0);
    assert_string_equal(token->label, "zweites Tökchen");
    assert_int_equal(token->user_pin, CIHSM_PIN_OK);
    assert_non_null(strstr(token->uri, token->serial));
    assert_int_equal(of->asked[CIHSM_PIN_NEW_OFFICER], 1);
    assert_int_equal(of->asked[CIHSM_PIN_NEW_USER], 1);
    assert_int_equal(of->asked[CIHSM_PIN_OFFICER], 0);
    assert_int_equal(of->taken[CIHSM_PIN_NEW_USER], 1);

    config.uri = token->uri;
    of->pins[CIHSM_PIN_USER] = of->pins[CIHSM_PIN_NEW_USER];
    CIHSM_AUTO(cihsm_token_free) cihsm_token *opened = NULL;
    assert_int_equal(cihsm_token_open(&config, &opened, &err), CIHSM_OK);
    assert_string_equal(cihsm_token_uri(opened), token->uri);
}

static void takes_labels_of_32_bytes_and_no_longer(void **state)
{
    scene *of = *state;
    static const char LONG[] = "12345678901234567890123456789012";
    static const char TOO_LONG[] = "123456789012345678901234567890123";
    cihsm_token_config config = scene_config(of);
    config.uri = NULL;
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    cihsm_error err = {0};
    const char *const refused[] = {TOO_LONG, "", NULL, "\xc3",
                                   "ein viel zu langer Name für ein Tö"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(cihsm_token_initialize(&config, refused[i], NULL, NULL, &made, &err),
                         CIHSM_E_USAGE);
        scene_expect(&err, CIHSM_E_USAGE, "the label of a token");
    }
    assert_int_equal(of->asked[CIHSM_PIN_NEW_OFFICER], 0);
    assert_int_equal(cihsm_token_initialize(&config, LONG, NULL, NULL, &made, &err), CIHSM_OK);
    assert_string_equal(cihsm_token_list_at(made, 0)->label, LONG);
}

static void erases_only_when_allowed(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    cihsm_error err = {0};
    unsigned asked = 0;
    assert_int_equal(cihsm_token_initialize(&config, "x", NULL, NULL, &made, &err),
                     CIHSM_E_CONFLICT);
    scene_expect(&err, CIHSM_E_CONFLICT, "initialised already");
    assert_int_equal(cihsm_token_initialize(&config, "x", decline, &asked, &made, &err),
                     CIHSM_E_CANCELED);
    scene_expect(&err, CIHSM_E_CANCELED, "the person said no");
    assert_int_equal(asked, 1);
    assert_int_equal(of->asked[CIHSM_PIN_OFFICER], 0);
    assert_true(scene_opens(of, SCENE_PIN));

    assert_int_equal(cihsm_token_initialize(&config, "erased", allow, &asked, &made, &err),
                     CIHSM_OK);
    assert_int_equal(asked, 2);
    assert_int_equal(of->taken[CIHSM_PIN_OFFICER], 2); /* for erasing and for the new user PIN */
    cihsm_token_info now;
    assert_false(find(of, SCENE_LABEL, &now));
    assert_true(find(of, "erased", &now));
}

static void a_wrong_officer_pin_erases_nothing_and_is_offered_once(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    cihsm_error err = {0};
    unsigned asked = 0;
    of->pins[CIHSM_PIN_OFFICER] = "wrong-officer";
    assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused the security officer PIN");
    assert_int_equal(of->refused[CIHSM_PIN_OFFICER], 1);
    assert_int_equal(shim_reported(of->hsm, "C_InitToken"), 1);
    assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused this PIN before");
    assert_int_equal(shim_reported(of->hsm, "C_InitToken"), 0);
    assert_int_equal(of->refused[CIHSM_PIN_OFFICER], 1);
    assert_true(scene_opens(of, SCENE_PIN));
}

static void says_so_when_only_the_user_pin_is_missing(void **state)
{
    scene *of = *state;
    static const struct {
        const char *rule;
        cihsm_status status;
        const char *text;
    } ROWS[] = {
        {"C_InitPIN -> CKR_PIN_LEN_RANGE", CIHSM_E_PIN, "too short or too long"},
        {"C_InitPIN -> CKR_DEVICE_REMOVED", CIHSM_E_TOKEN, "CKR_DEVICE_REMOVED"},
        {"C_OpenSession #1 -> CKR_TOKEN_WRITE_PROTECTED", CIHSM_E_TOKEN, "cannot be written"},
        {"C_OpenSession #2 -> CKR_SESSION_COUNT", CIHSM_E_TOKEN, "no session left"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_true(shim_use(of->hsm, ROWS[i].rule));
        cihsm_token_config config = scene_config(of);
        unsigned asked = 0;
        CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
        cihsm_error err = {0};
        const cihsm_status status =
            cihsm_token_initialize(&config, SCENE_LABEL, allow, &asked, &made, &err);
        assert_int_equal(status, ROWS[i].status);
        scene_expect(&err, ROWS[i].status, "is initialised, but has no user PIN yet");
        scene_expect(&err, ROWS[i].status, ROWS[i].text);
        scene_expect(&err, ROWS[i].status, "cihsm token set-pin");
        assert_true(shim_is_clean(of->hsm));
        cihsm_token_info now;
        assert_true(find(of, SCENE_LABEL, &now));
        assert_int_equal(now.user_pin, CIHSM_PIN_NOT_SET);
    }
    assert_true(shim_use(of->hsm, ""));
    const cihsm_token_config config = scene_config(of);
    assert_int_equal(cihsm_token_set_pin(&config, NULL), CIHSM_OK);
    assert_true(scene_opens(of, of->pins[CIHSM_PIN_NEW_USER]));
}

static void changes_nothing_when_it_fails_before(void **state)
{
    scene *of = *state;
    static const char *const RULES[] = {
        "C_Initialize #2 -> CKR_DEVICE_ERROR", /* libp11's own */
        "C_GetSlotList #2 -> CKR_DEVICE_ERROR",
        "C_InitToken -> CKR_DEVICE_REMOVED",
        "C_InitToken -> CKR_SESSION_EXISTS",
    };
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        assert_true(shim_use(of->hsm, RULES[i]));
        const cihsm_token_config config = scene_config(of);
        unsigned asked = 0;
        CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err),
                         CIHSM_E_TOKEN);
        assert_null(strstr(err.message, "is initialised"));
        scene_expect(&err, CIHSM_E_TOKEN, strstr(RULES[i], "CKR_"));
        assert_true(shim_is_clean(of->hsm));
        assert_true(scene_opens(of, SCENE_PIN));
    }
}

static void chooses_no_token_by_chance(void **state)
{
    scene *of = *state;
    static const struct {
        const char *uri, *text;
        cihsm_status status;
    } ROWS[] = {
        {"pkcs11:", "2 tokens match", CIHSM_E_TOKEN},
        {"pkcs11:token=nobody", "no such token", CIHSM_E_TOKEN},
        {"pkcs11:slot-id=4711", "no such token", CIHSM_E_TOKEN},
        {"nonsense", "malformed", CIHSM_E_USAGE},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_token_config config = scene_config(of);
        config.uri = ROWS[i].uri;
        unsigned asked = 0;
        CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
        cihsm_error err = {0};
        assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err),
                         ROWS[i].status);
        scene_expect(&err, ROWS[i].status, ROWS[i].text);
        assert_int_equal(asked, 0);
    }
}

static void refuses_a_token_with_a_reader_for_pins(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags +PROTECTED_AUTHENTICATION_PATH"));
    const cihsm_token_config config = scene_config(of);
    unsigned asked = 0;
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "nothing was changed");
    assert_int_equal(shim_reported(of->hsm, "C_InitToken"), 0);
}

static void needs_the_module_alone(void **state)
{
    scene *of = *state;
    const cihsm_token_config config = scene_config(of);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_OK);
    unsigned asked = 0;
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    assert_int_equal(cihsm_token_initialize(&config, "x", allow, &asked, &made, &err),
                     CIHSM_E_STATE);
    scene_expect(&err, CIHSM_E_STATE, "in use by this process");
    assert_int_equal(cihsm_token_list_fetch(&config, &made, &err), CIHSM_OK); /* looking is free */
    assert_int_equal(cihsm_token_list_count(made), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(initialises_the_free_slot),
        TEST(takes_labels_of_32_bytes_and_no_longer),
        TEST(erases_only_when_allowed),
        TEST(a_wrong_officer_pin_erases_nothing_and_is_offered_once),
        TEST(says_so_when_only_the_user_pin_is_missing),
        TEST(changes_nothing_when_it_fails_before),
        TEST(chooses_no_token_by_chance),
        TEST(refuses_a_token_with_a_reader_for_pins),
        TEST(needs_the_module_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
