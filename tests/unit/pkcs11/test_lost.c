/* SPDX-License-Identifier: Apache-2.0 */
/* What is not a signature meets sessions and logins that are lost: it fails or is right, and the
 * next one is right (docs/adr/0013). */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/certificate.h"
#include "pkcs11/key_list.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static int make_key(void **state)
{
    return fixture_setup_key(state, "R");
}

typedef struct subject {
    cihsm_token *token;
    pkcs11_key *key; /* found before the trouble */
    unsigned made;   /* keys that were generated */
} subject;

static subject subject_open(fixture *of, const char *rules)
{
    assert_true(shim_use(of->hsm, rules));
    subject made = {.token = fixture_open(of, SHIM_MODULE)};
    made.key = fixture_find(made.token, "R");
    return made;
}

static void subject_close(subject *at)
{
    pkcs11_key_free(&at->key);
    cihsm_token_free(&at->token);
}

/* What is done; a right answer is asserted wherever there is one. */
static cihsm_status list(subject *at, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    CIHSM_TRY(cihsm_key_list_fetch(at->token, "pkcs11:object=R", &keys, err));
    assert_int_equal(cihsm_key_list_count(keys), 1);
    return CIHSM_OK;
}

static cihsm_status find(subject *at, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    return pkcs11_key_find(at->token, "pkcs11:object=R", &key, err);
}

static cihsm_status describe(subject *at, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    CIHSM_TRY(pkcs11_key_describe(at->key, &keys, err));
    assert_string_equal(cihsm_key_list_at(keys, 0)->label, "R");
    return CIHSM_OK;
}

static cihsm_status read_public(subject *at, cihsm_error *err)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    return pkcs11_key_public(at->key, &public_key, err);
}

static cihsm_status generate(subject *at, cihsm_error *err)
{
    const uint8_t id = (uint8_t)at->made;
    const cihsm_key_spec spec = {
        .label = "new", .id = &id, .id_len = 1, .type = CIHSM_KEY_EC_P256, .bits = 256};
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    return cihsm_key_generate(at->token, &spec, &made, err);
}

static cihsm_status delete_it(subject *at, cihsm_error *err)
{
    cihsm_key_deleted gone;
    CIHSM_TRY(cihsm_key_delete(at->token, "pkcs11:object=new", &gone, err));
    assert_int_equal(gone.private_keys, 1);
    assert_int_equal(gone.public_keys, 1);
    return CIHSM_OK;
}

typedef cihsm_status (*deed)(subject *at, cihsm_error *err);
/* Each row for each kind of trouble in this order: what is generated is deleted by the next. */
static const deed DEEDS[] = {list, find, describe, read_public, generate, delete_it};

static void close_all_sessions(const subject *at, const CK_FUNCTION_LIST *others)
{
    assert_int_equal(others->C_CloseAllSessions(at->token->slot.id), CKR_OK);
}

static void log_out(const subject *at, const CK_FUNCTION_LIST *others)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    assert_int_equal(
        others->C_OpenSession(at->token->slot.id, CKF_SERIAL_SESSION, NULL, NULL, &session),
        CKR_OK);
    assert_int_equal(others->C_Logout(session), CKR_OK);
    assert_int_equal(others->C_CloseSession(session), CKR_OK);
}

static void finalize(const subject *at, const CK_FUNCTION_LIST *others)
{
    (void)at;
    assert_int_equal(others->C_Finalize(NULL), CKR_OK);
}

typedef void (*trouble)(const subject *at, const CK_FUNCTION_LIST *others);
static const trouble TROUBLES[] = {close_all_sessions, log_out, finalize};

static void expect(subject *at, deed of)
{
    cihsm_error err = {0};
    if (of(at, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
}

/* The first may fail, as the token does; it does not say that something is not there. */
static void check_deed(subject *at, deed of)
{
    cihsm_error err = {0};
    if (of(at, &err) != CIHSM_OK) {
        assert_int_equal(err.status, CIHSM_E_TOKEN);
        assert_int_equal(err.origin, CIHSM_FROM_TOKEN);
        expect(at, of);
    }
    fixture_expect_sign(at->key);
}

static void never_answers_wrongly_and_comes_back(void **state)
{
    fixture *of = *state;
    for (size_t i = 0; i < sizeof TROUBLES / sizeof *TROUBLES; i++) {
        for (size_t j = 0; j < sizeof DEEDS / sizeof *DEEDS; j++) {
            subject at = subject_open(of, "");
            of->asked = 0;
            TROUBLES[i](&at, at.token->link.module->functions);
            check_deed(&at, DEEDS[j]);
            assert_int_equal(of->asked, 0);
            subject_close(&at);
            assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
        }
    }
}

/* The recovery itself fails once. */
static void goes_on_to_the_module_before_it_has_a_session(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_FindObjectsInit #2 -> CKR_DEVICE_ERROR\n"
                                  "C_OpenSession #2 -> CKR_DEVICE_REMOVED");
    cihsm_error err = {0};
    assert_int_equal(list(&at, &err), CIHSM_E_TOKEN);
    const unsigned long before = pkcs11_module_count(at.token->link.module, PKCS11_C_Initialize);
    expect(&at, list);
    assert_int_equal(pkcs11_module_count(at.token->link.module, PKCS11_C_Initialize), before + 1);
    subject_close(&at);
    assert_true(shim_is_clean(of->hsm));
}

static void goes_on_to_the_module_when_new_sessions_did_not_help(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_FindObjectsInit #2 -> CKR_DEVICE_ERROR\n"
                                  "C_FindObjectsInit #3 -> CKR_DEVICE_ERROR");
    const pkcs11_module *module = at.token->link.module;
    const unsigned long before = pkcs11_module_count(module, PKCS11_C_Initialize);
    cihsm_error err = {0};
    assert_int_equal(list(&at, &err), CIHSM_E_TOKEN);
    assert_int_equal(list(&at, NULL), CIHSM_E_TOKEN);
    assert_int_equal(pkcs11_module_count(module, PKCS11_C_Initialize), before);
    expect(&at, list);
    expect(&at, list);
    assert_int_equal(pkcs11_module_count(module, PKCS11_C_Initialize), before + 1);
    subject_close(&at);
    assert_true(shim_is_clean(of->hsm));
}

static void takes_what_is_not_there_for_an_answer(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "");
    const cihsm_token_counters before = cihsm_token_count(at.token);
    for (int i = 0; i < 4; i++) {
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
        cihsm_error err = {0};
        assert_int_equal(pkcs11_key_find(at.token, "pkcs11:object=none", &key, &err),
                         CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, "no such key on the token; it holds pkcs11:id");
    }
    expect(&at, list);
    assert_int_equal(cihsm_token_count(at.token).logins, before.logins);
    subject_close(&at);
    assert_int_equal(shim_reported(of->hsm, "C_Initialize"), 1);
    assert_true(shim_is_clean(of->hsm));
}

static void a_token_without_login_shows_all_there_is(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags -LOGIN_REQUIRED"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    cihsm_error err = {0};
    if (cihsm_key_list_fetch(token, NULL, &keys, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(cihsm_key_list_count(keys), 0);
}

/* Handles of before may be those of other objects. */
static void uses_no_handle_of_an_earlier_list(void **state)
{
    fixture *of = *state;
    subject at = subject_open(of, "C_SignInit #1 -> CKR_SESSION_CLOSED");
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    assert_int_equal(cihsm_key_list_fetch(at.token, NULL, &keys, NULL), CIHSM_OK);
    fixture_expect_sign(at.key);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    cihsm_error err = {0};
    assert_int_equal(pkcs11_key_list_public(at.token, keys, 0, &public_key, &err), CIHSM_E_TOKEN);
    fixture_expect(&err, CIHSM_E_TOKEN, "was lost and is back since its keys were listed");
    subject_close(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(never_answers_wrongly_and_comes_back, fixture_reset),
        cmocka_unit_test_setup(goes_on_to_the_module_before_it_has_a_session, fixture_reset),
        cmocka_unit_test_setup(goes_on_to_the_module_when_new_sessions_did_not_help, fixture_reset),
        cmocka_unit_test_setup(takes_what_is_not_there_for_an_answer, fixture_reset),
        cmocka_unit_test_setup(a_token_without_login_shows_all_there_is, fixture_reset),
        cmocka_unit_test_setup(uses_no_handle_of_an_earlier_list, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
