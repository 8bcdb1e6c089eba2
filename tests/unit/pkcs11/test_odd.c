/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that are not like SoftHSM, staged by the shim. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "unit/pkcs11/objects.h"

/* Signs once with the key of that label and verifies it with what the token tells as its half. */
static void sign_with(cihsm_token *token, const char *label, cihsm_scheme scheme)
{
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, label);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    cihsm_error err = {0};
    if (pkcs11_key_public(key, &public_key, &err) != CIHSM_OK) {
        fail_msg("%s", err.message);
    }
    fixture_sign_and_verify(key, public_key, scheme, CIHSM_SHA256);
}

static int make_keys(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "a-p256");
    fixture_generate(token, "ec:P-384", "b-p384");
    fixture_generate(token, "rsa:2048", "c-rsa");
    return 0;
}

static void reads_points_bare_and_wrapped(void **state)
{
    fixture *of = *state;
    static const char *const RULES[] = {"", "C_GetAttributeValue -> raw-points"};
    EVP_PKEY *seen[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        assert_true(shim_use(of->hsm, RULES[i]));
        CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, SHIM_MODULE);
        sign_with(token, "a-p256", CIHSM_ECDSA);
        sign_with(token, "b-p384", CIHSM_ECDSA);
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "b-p384");
        assert_int_equal(pkcs11_key_public(key, &seen[i], NULL), CIHSM_OK);
    }
    assert_int_equal(EVP_PKEY_eq(seen[0], seen[1]), 1);
    EVP_PKEY_free(seen[0]);
    EVP_PKEY_free(seen[1]);
}

static void signs_after_a_pin_typed_at_the_reader(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags +PROTECTED_AUTHENTICATION_PATH\n"
                                  "C_Login -> pin " FIXTURE_PIN));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    sign_with(token, "a-p256", CIHSM_ECDSA);
    assert_int_equal(of->asked, 0);
    assert_non_null(strstr(of->log, "enter the PIN of token " FIXTURE_LABEL " at its reader"));
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void says_so_if_the_pin_typed_at_the_reader_is_wrong(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags +PROTECTED_AUTHENTICATION_PATH\n"
                                  "C_Login -> pin 99999999"));
    const cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    cihsm_error err = {0};
    assert_int_equal(cihsm_token_open(&config, &token, &err), CIHSM_E_PIN);
    fixture_expect(&err, CIHSM_E_PIN, "refused the PIN");
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
}

static void signs_on_a_token_without_login(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_GetTokenInfo -> flags -LOGIN_REQUIRED\n"
                                  "C_Login -> CKR_USER_TYPE_INVALID"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    objects_generate_pair(token, &(objects_pair){.label = "open key", .needs_no_login = true});
    sign_with(token, "open%20key", CIHSM_ECDSA);
    assert_int_equal(of->asked, 0);
    cihsm_token_free(&token);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 0);
    assert_true(shim_is_clean(of->hsm));
}

static void works_where_one_kind_of_session_is_refused(void **state)
{
    static const struct {
        const char *rule;
        bool signs;
        const char *writing; /* NULL: works; else what is said to a new key */
    } ROWS[] = {
        {"C_OpenSession ro -> CKR_FUNCTION_FAILED", true, NULL},
        {"C_OpenSession ro -> CKR_TOKEN_WRITE_PROTECTED", true, NULL},
        {"C_OpenSession ro -> CKR_SESSION_READ_ONLY", true, NULL},
        {"C_OpenSession rw -> CKR_TOKEN_WRITE_PROTECTED", true, "the token cannot be written"},
        {"C_OpenSession rw -> CKR_FUNCTION_FAILED", true, "a session that may write"},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_true(shim_use(of->hsm, ROWS[i].rule));
        cihsm_token *token = fixture_open(of, SHIM_MODULE);
        sign_with(token, "c-rsa", CIHSM_RSA_PSS);
        char label[16];
        snprintf(label, sizeof label, "%c-new", (int)('k' + (int)i));
        const cihsm_key_spec spec = {.type = CIHSM_KEY_EC_P256, .label = label};
        CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
        cihsm_error err = {0};
        const cihsm_status status = cihsm_key_generate(token, &spec, &made, &err);
        if (ROWS[i].writing == NULL) {
            assert_int_equal(status, CIHSM_OK);
        } else {
            assert_int_equal(status, CIHSM_E_TOKEN);
            fixture_expect(&err, CIHSM_E_TOKEN, ROWS[i].writing);
        }
        cihsm_token_free(&token);
        assert_true(shim_is_clean(of->hsm));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_points_bare_and_wrapped, fixture_reset),
        cmocka_unit_test_setup(signs_after_a_pin_typed_at_the_reader, fixture_reset),
        cmocka_unit_test_setup(says_so_if_the_pin_typed_at_the_reader_is_wrong, fixture_reset),
        cmocka_unit_test_setup(signs_on_a_token_without_login, fixture_reset),
        cmocka_unit_test_setup(works_where_one_kind_of_session_is_refused, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_keys, fixture_teardown);
}
