/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/foreign.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

static int make_keys(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "rsa:2048", "A-rsa2048");
    fixture_generate(token, "rsa:3072", "B-rsa3072");
    fixture_generate(token, "ec:P-256", "C-p256");
    fixture_generate(token, "ec:P-384", "D-p384");
    return 0;
}

static void signs_what_openssl_verifies(void **state)
{
    static const struct {
        const char *label;
        cihsm_scheme scheme;
    } ROWS[] = {
        {"A-rsa2048", CIHSM_RSA_PKCS1}, {"A-rsa2048", CIHSM_RSA_PSS},
        {"B-rsa3072", CIHSM_RSA_PKCS1}, {"B-rsa3072", CIHSM_RSA_PSS},
        {"C-p256", CIHSM_ECDSA},        {"D-p384", CIHSM_ECDSA},
    };
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, ROWS[i].label);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
        assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
        fixture_sign_and_verify(key, public_key, ROWS[i].scheme, CIHSM_SHA256);
        fixture_sign_and_verify(key, public_key, ROWS[i].scheme, CIHSM_SHA384);
        fixture_sign_and_verify(key, public_key, ROWS[i].scheme, CIHSM_SHA512);
    }
}

static void stays_within_the_call_budget_whatever_is_on_the_token(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "C-p256");
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);

    const unsigned long first = cihsm_token_count(token).calls;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);
    }
    assert_int_equal(cihsm_token_count(token).calls, first + 20);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);

    const unsigned long slots = shim_reported(of->hsm, "C_GetTokenInfo");
    assert_int_equal(slots, 2); /* the token and SoftHSM's spare slot */
    assert_int_equal(shim_reported(of->hsm, "calls"), 12 + slots + 20);
    assert_int_equal(shim_reported(of->hsm, "C_GetAttributeValue"), 0);
    assert_int_equal(shim_reported(of->hsm, "C_GetFunctionList"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), 1);
    assert_int_equal(shim_reported(of->hsm, "C_Logout"), 0);
    assert_true(shim_is_clean(of->hsm));
}

static void counts_what_the_shim_counts(void **state)
{
    fixture *of = *state;
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    const cihsm_token_counters before = cihsm_token_count(token);
    pkcs11_key *key = fixture_find(token, "C-p256");
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);
    const cihsm_token_counters after = cihsm_token_count(token);
    assert_int_equal(after.calls - before.calls, 3 + 2);
    assert_int_equal(after.signs - before.signs, 1);
    assert_int_equal(after.sessions, before.sessions);
    assert_int_equal(after.logins, before.logins);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
}

static void leaves_the_error_queue_of_the_thread_alone(void **state)
{
    ERR_clear_error();
    cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_USER, 77);
    pkcs11_key *key = fixture_find(token, "A-rsa2048");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    const cihsm_sign_request request = fixture_request(CIHSM_RSA_PSS);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 77);
    assert_int_equal(ERR_get_error(), 0);
}

static void works_on_a_token_without_raw_rsa(void **state)
{
    fixture *of = *state;
    assert_true(softhsm_configure(of->hsm, "slots.mechanisms = -,CKM_RSA_X_509"));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(of, softhsm_module(of->hsm));
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "A-rsa2048");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    fixture_sign_and_verify(key, public_key, CIHSM_RSA_PSS, CIHSM_SHA256);
    fixture_sign_and_verify(key, public_key, CIHSM_RSA_PKCS1, CIHSM_SHA256);
}

static void names_key_and_code_when_signing_fails(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, "C_Sign #1 -> CKR_DEVICE_MEMORY\n"
                                  "C_SignInit mechanism CKM_RSA_PKCS -> CKR_MECHANISM_INVALID"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "A-rsa2048");
    cihsm_sign_request request = fixture_request(CIHSM_RSA_PSS);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_error err = {0};
    assert_int_not_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_OK);
    fixture_expect(&err, CIHSM_E_TOKEN, "object=A-rsa2048");
    fixture_expect(&err, CIHSM_E_TOKEN, "CKR_DEVICE_MEMORY");
    assert_int_equal(err.origin, CIHSM_FROM_TOKEN);

    cihsm_error_clear(&err);
    request.scheme = CIHSM_RSA_PKCS1;
    assert_int_not_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_OK);
    fixture_expect(&err, CIHSM_E_TOKEN, "CKM_RSA_PKCS");

    request.scheme = CIHSM_RSA_PSS; /* the login outlives the failed session */
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_OK);
    assert_int_equal(sig_len, 256);
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
    assert_int_equal(shim_reported(of->hsm, "C_OpenSession"), 3);
    assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
}

static void refuses_a_request_that_cannot_be_signed(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = fixture_find(token, "A-rsa2048");
    const unsigned long calls = cihsm_token_count(token).calls;
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    cihsm_sign_request request = fixture_request(CIHSM_RSA_PKCS1);
    request.hash_len = 31;
    cihsm_error err = {0};
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, &err), CIHSM_E_ARGUMENT);
    fixture_expect(&err, CIHSM_E_ARGUMENT, "31 bytes");
    request.scheme = CIHSM_ECDSA;
    request.hash_len = 65;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_E_ARGUMENT);
    request.hash = NULL;
    request.hash_len = 32;
    assert_int_equal(pkcs11_key_sign(key, &request, sig, &sig_len, NULL), CIHSM_E_ARGUMENT);
    assert_int_equal(cihsm_token_count(token).calls, calls);
}

static void finds_exactly_one_key_or_lists_the_candidates(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    static const struct {
        const char *uri;
        cihsm_status status;
        const char *text;
    } ROWS[] = {
        {"pkcs11:object=nobody", CIHSM_E_TOKEN, "object=D-p384"},
        {NULL, CIHSM_E_TOKEN, "object=B-rsa3072"},
        {"pkcs11:", CIHSM_E_TOKEN, "unquoted ';'"},
        {"pkcs11:token=other;object=C-p256", CIHSM_E_TOKEN, "names another token than pkcs11:"},
        {"pkcs11:object=C-p256;type=public", CIHSM_E_USAGE, "type other than private"},
        {"pkcs11:object=C-p256;object=D-p384", CIHSM_E_USAGE, "'object'"},
        {"pkcs11:id=%99;object=C-p256", CIHSM_E_TOKEN, "no such key"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cihsm_error err = {0};
        pkcs11_key *key = NULL;
        assert_int_equal(pkcs11_key_find(token, ROWS[i].uri, &key, &err), ROWS[i].status);
        fixture_expect(&err, ROWS[i].status, ROWS[i].text);
        assert_null(key);
    }
}

static void finds_a_key_by_id_and_takes_the_choice_of_the_token_uri(void **state)
{
    fixture *of = *state;
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.uri = "pkcs11:token=" FIXTURE_LABEL ";object=D-p384;type=private";
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    assert_int_equal(cihsm_token_open(&config, &token, NULL), CIHSM_OK);

    pkcs11_key *key = NULL;
    assert_int_equal(pkcs11_key_find(token, NULL, &key, NULL), CIHSM_OK);
    assert_non_null(strstr(pkcs11_key_uri(key), "object=D-p384"));
    assert_non_null(strstr(pkcs11_key_uri(key), "token=" FIXTURE_LABEL));
    pkcs11_key *again = NULL; /* what it prints finds it again */
    assert_int_equal(pkcs11_key_find(token, pkcs11_key_uri(key), &again, NULL), CIHSM_OK);
    assert_string_equal(pkcs11_key_uri(again), pkcs11_key_uri(key));
    pkcs11_key_free(&again);
    pkcs11_key_free(&key);

    assert_int_equal(pkcs11_key_find(token, "pkcs11:id=%53", &key, NULL), CIHSM_OK);
    assert_non_null(strstr(pkcs11_key_uri(key), "id=%53"));
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    assert_int_equal(EVP_PKEY_get_bits(public_key), 256);
    pkcs11_key_free(&key);
}

/* As when another thread has brought the login back meanwhile: this key wants no PIN of its own. */
static void takes_one_stray_answer_for_a_lost_login(void **state)
{
    static const char *const RULES[] = {"C_Sign #2 -> CKR_USER_NOT_LOGGED_IN",
                                        "C_SignInit #2 -> CKR_USER_NOT_LOGGED_IN"};
    fixture *of = *state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        of->asked = 0;
        assert_true(shim_use(of->hsm, RULES[i]));
        cihsm_token *token = fixture_open(of, SHIM_MODULE);
        pkcs11_key *key = fixture_find(token, "C-p256");
        for (int round = 0; round < 4; round++) {
            fixture_expect_sign(key);
        }
        assert_int_equal(of->asked, 1);
        pkcs11_key_free(&key);
        cihsm_token_free(&token);
        assert_true(shim_is_clean(of->hsm));
        assert_int_equal(shim_reported(of->hsm, "C_Login"), 1);
    }
}

#define SAYS_NOTHING \
    "C_GetAttributeValue attribute CKA_ALWAYS_AUTHENTICATE -> CKR_ATTRIBUTE_TYPE_INVALID\n"

/* Whether a key wants its PIN that does not say so shows at the login for the signature. */
static void unlearns_that_a_key_wants_its_pin(void **state)
{
    static const struct {
        const char *rules;
        unsigned long logins;
    } ROWS[] = {
        {SAYS_NOTHING "C_Sign #2 -> CKR_USER_NOT_LOGGED_IN", 2}, /* OPERATION_NOT_INITIALIZED */
        {SAYS_NOTHING "C_Sign #2 -> CKR_USER_NOT_LOGGED_IN\nC_Login #2 -> CKR_USER_TYPE_INVALID",
         2},
    };
    fixture *of = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        of->asked = 0;
        assert_true(shim_use(of->hsm, ROWS[i].rules));
        cihsm_token *token = fixture_open(of, SHIM_MODULE);
        pkcs11_key *key = fixture_find(token, "C-p256");
        for (int round = 0; round < 4; round++) {
            fixture_expect_sign(key);
        }
        assert_int_equal(of->asked, 2);

        /* the PIN that was of no use there is as good as before */
        CK_FUNCTION_LIST *others = token->link.module->functions;
        assert_int_equal(others->C_CloseAllSessions(token->slot.id), CKR_OK);
        fixture_expect_sign(key);
        assert_int_equal(of->asked, 2);
        pkcs11_key_free(&key);
        cihsm_token_free(&token);
        assert_int_equal(shim_reported(of->hsm, "C_Login"), ROWS[i].logins + 1);
        assert_int_equal(shim_reported(of->hsm, "refused-pins-repeated"), 0);
    }
}

/* No signature without the login, and none with it. */
static void asks_once_a_signature_if_no_login_helps(void **state)
{
    fixture *of = *state;
    assert_true(shim_use(of->hsm, SAYS_NOTHING "C_Sign -> CKR_USER_NOT_LOGGED_IN"));
    cihsm_token *token = fixture_open(of, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "C-p256");
    for (unsigned round = 1; round <= 3; round++) {
        cihsm_error err = {0};
        assert_int_equal(fixture_sign(key, &err), CIHSM_E_TOKEN);
        fixture_expect(&err, CIHSM_E_TOKEN, "CKR_USER_NOT_LOGGED_IN");
        assert_int_equal(of->asked, 1 + round);
    }
    pkcs11_key_free(&key);
    cihsm_token_free(&token);
    assert_true(shim_is_clean(of->hsm));
}

static void makes_a_signer_that_releases_the_key(void **state)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    pkcs11_key *key = fixture_find(token, "C-p256");
    cihsm_signer signer = pkcs11_key_signer(&key);
    assert_null(key);
    const cihsm_sign_request request = fixture_request(CIHSM_ECDSA);
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len = 0;
    assert_int_equal(signer.sign(signer.context, &request, sig, &sig_len, NULL), CIHSM_OK);
    assert_int_equal(sig_len, 64);
    signer.release(signer.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(signs_what_openssl_verifies, fixture_reset),
        cmocka_unit_test_setup(stays_within_the_call_budget_whatever_is_on_the_token,
                               fixture_reset),
        cmocka_unit_test_setup(counts_what_the_shim_counts, fixture_reset),
        cmocka_unit_test_setup(leaves_the_error_queue_of_the_thread_alone, fixture_reset),
        cmocka_unit_test_setup(names_key_and_code_when_signing_fails, fixture_reset),
        cmocka_unit_test_setup(refuses_a_request_that_cannot_be_signed, fixture_reset),
        cmocka_unit_test_setup(finds_exactly_one_key_or_lists_the_candidates, fixture_reset),
        cmocka_unit_test_setup(finds_a_key_by_id_and_takes_the_choice_of_the_token_uri,
                               fixture_reset),
        cmocka_unit_test_setup(takes_one_stray_answer_for_a_lost_login, fixture_reset),
        cmocka_unit_test_setup(unlearns_that_a_key_wants_its_pin, fixture_reset),
        cmocka_unit_test_setup(asks_once_a_signature_if_no_login_helps, fixture_reset),
        cmocka_unit_test_setup(makes_a_signer_that_releases_the_key, fixture_reset),
        cmocka_unit_test_setup(works_on_a_token_without_raw_rsa, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_keys, fixture_teardown);
}
