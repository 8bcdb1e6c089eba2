/* SPDX-License-Identifier: Apache-2.0 */
/* What looks at tokens while another thread of the process brings one of them back. */
#include "unit/pkcs11/fixture.h"

#include <pthread.h>
#include <stdio.h>

#include "cihsm/token_admin.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static int make_key(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "T");
    return 0;
}

/* What a thread does with the module; cmocka's asserts belong to the main one. */
typedef struct job {
    cihsm_token_config config;
    bool is_right;
} job;

static void *list(void *context)
{
    job *of = context;
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *tokens = NULL;
    of->is_right = cihsm_token_list_fetch(&of->config, &tokens, NULL) == CIHSM_OK &&
                   cihsm_token_list_count(tokens) == 1;
    return NULL;
}

static void *report(void *context)
{
    job *of = context;
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *told = NULL;
    of->is_right = cihsm_token_report_fetch(&of->config, &told, NULL) == CIHSM_OK;
    return NULL;
}

static void wait_for_call(const cihsm_token *token, pkcs11_function function, unsigned long before)
{
    while (pkcs11_module_count(token->link.module, function) == before) {
        fixture_sleep_ms(10);
    }
}

/* @param function  the call of the other thread in the middle of which the module would be closed
 */
static void restart_during(fixture *of, void *(*work)(void *), pkcs11_function function,
                           const char *delay)
{
    char rules[256];
    snprintf(rules, sizeof rules,
             "%s -> delay 1000\n"
             "C_Sign #1 -> CKR_CRYPTOKI_NOT_INITIALIZED\n"
             "C_Initialize #2 -> delay 3000",
             delay);
    assert_true(shim_use(of->hsm, rules));
    of->sink.level = CIHSM_LOG_ERROR; /* the log of the fixture is for one thread */
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "T");
    const unsigned long before = pkcs11_module_count(token->link.module, function);
    job other = {.config = {.module = SHIM_MODULE, .uri = "pkcs11:token=" FIXTURE_LABEL}};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &other), 0);
    wait_for_call(token, function, before);
    fixture_expect_sign(key); /* initialises the module anew */
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(other.is_right);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 2);
    assert_true(shim_is_clean(of->hsm));
}

static void closes_no_module_that_is_being_listed(void **state)
{
    restart_during(*state, list, PKCS11_C_GetTokenInfo, "C_GetTokenInfo #3");
}

static void closes_no_module_that_is_being_reported(void **state)
{
    restart_during(*state, report, PKCS11_C_GetMechanismList, "C_GetMechanismList #1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(closes_no_module_that_is_being_listed, fixture_reset),
        cmocka_unit_test_setup(closes_no_module_that_is_being_reported, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
