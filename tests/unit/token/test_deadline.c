/* SPDX-License-Identifier: Apache-2.0 */
/* Administration of a token that does not answer: libp11's calls are left in time, too. */
#include "scene.h"

#include <time.h>

#include "base/error.h"

enum { TIMEOUT_MS = 1500, LONG_MS = 60000, STEP_MS = 20 };

typedef cihsm_status (*command)(const cihsm_token_config *config, cihsm_error *err);

static cihsm_status may_erase(void *user, const cihsm_token_info *token, cihsm_error *err)
{
    (void)user;
    (void)token;
    (void)err;
    return CIHSM_OK;
}

static cihsm_status initialize(const cihsm_token_config *config, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    return cihsm_token_initialize(config, SCENE_LABEL, may_erase, NULL, &made, err);
}

/* Until the call that was left has returned. */
static void wait_for_the_token(void)
{
    const struct timespec step = {0, STEP_MS * 1000000L};
    for (int waited_ms = 0; cihsm_token_is_stuck(); waited_ms += STEP_MS) {
        assert_true(waited_ms < LONG_MS);
        nanosleep(&step, NULL);
    }
}

static cihsm_status run(scene *of, const char *rules, command what, cihsm_error *err)
{
    assert_true(shim_use(of->hsm, rules));
    cihsm_token_config config = scene_config(of);
    config.timeout_ms = TIMEOUT_MS;
    cihsm_error_clear(err);
    return what(&config, err);
}

static void leaves_a_call_that_does_not_return(void **state)
{
    scene *of = *state;
    static const struct {
        command run;
        const char *rule, *text;
    } ROWS[] = {
        {cihsm_token_set_pin, "C_GetSlotList #3 -> delay 4000", "cannot look at the slots"},
        {cihsm_token_set_pin, "C_Login -> delay 4000", "cannot log in to token unit"},
        {cihsm_token_set_pin, "C_InitPIN -> delay 4000",
         "it is not known whether the attempt to set the PIN of token unit succeeded"},
        {cihsm_token_change_pin, "C_SetPIN -> delay 4000",
         "it is not known whether the attempt to change the PIN of token unit succeeded"},
        {initialize, "C_InitToken -> delay 4000",
         "it is not known whether the attempt to initialise token unit succeeded"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_error err = {0};
        of->pins[CIHSM_PIN_USER] = SCENE_PIN;
        assert_int_equal(run(of, ROWS[i].rule, ROWS[i].run, &err), CIHSM_E_TIMEOUT);
        scene_expect(&err, CIHSM_E_TIMEOUT, ROWS[i].text);
        scene_expect(&err, CIHSM_E_TIMEOUT, "token not answering; check that it is reachable");
        assert_true(cihsm_token_is_stuck());

        assert_int_equal(run(of, "", ROWS[i].run, &err), CIHSM_E_TIMEOUT);
        scene_expect(&err, CIHSM_E_TIMEOUT, "has not answered 1 call that had to be left");
        wait_for_the_token();
        if (ROWS[i].run == cihsm_token_change_pin) {
            of->pins[CIHSM_PIN_USER] = of->pins[CIHSM_PIN_NEW_USER]; /* it was changed, late */
        }
        if (run(of, "", ROWS[i].run, &err) != CIHSM_OK) {
            fail_msg("%s: %s", ROWS[i].rule, err.message);
        }
        assert_true(shim_is_clean(of->hsm));
        of->pins[CIHSM_PIN_USER] = of->pins[CIHSM_PIN_NEW_USER];
        of->pins[CIHSM_PIN_NEW_USER] = SCENE_PIN; /* back to where it was */
        if (run(of, "", cihsm_token_set_pin, &err) != CIHSM_OK) {
            fail_msg("%s: %s", ROWS[i].rule, err.message);
        }
        of->pins[CIHSM_PIN_NEW_USER] = "new-user-pin";
    }
}

static void a_pin_that_was_refused_too_late_is_not_offered_again(void **state)
{
    scene *of = *state;
    cihsm_error err = {0};
    of->pins[CIHSM_PIN_USER] = "wrong-and-late";
    assert_int_equal(run(of, "C_SetPIN -> delay 4000", cihsm_token_change_pin, &err),
                     CIHSM_E_TIMEOUT);
    wait_for_the_token();
    assert_int_equal(run(of, "", cihsm_token_change_pin, &err), CIHSM_E_PIN);
    scene_expect(&err, CIHSM_E_PIN, "refused this PIN before");
    assert_int_equal(shim_reported(of->hsm, "C_SetPIN"), 0);
    assert_true(scene_opens(of, SCENE_PIN));
}

static void waits_for_ever_if_told_so(void **state)
{
    scene *of = *state;
    assert_true(shim_use(of->hsm, "C_InitPIN -> delay 700"));
    cihsm_token_config config = scene_config(of);
    config.timeout_ms = -1;
    assert_int_equal(cihsm_token_set_pin(&config, NULL), CIHSM_OK);
    assert_true(shim_is_clean(of->hsm));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(leaves_a_call_that_does_not_return),
        TEST(a_pin_that_was_refused_too_late_is_not_offered_again),
        TEST(waits_for_ever_if_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
