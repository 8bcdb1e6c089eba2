/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's key through the provider: what a signature that was got over, or failed, leaves in
 * OpenSSL's error queue, which libssl and libcurl look at.
 */
#include "unit/pkcs11/fixture.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/foreign.h"
#include "provider/failure.h"
#include "provider/provider_key.h"

enum { MARK = 77, TIMEOUT_MS = 30000, IN_THIS_THREAD = -1 };

static int make_key(void **state)
{
    if (fixture_setup(state) != 0) {
        return -1;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = fixture_open(*state, SHIM_MODULE);
    fixture_generate(token, "ec:P-256", "Q");
    return 0;
}

/* The token's key as OpenSSL sees it. */
typedef struct opened {
    cihsm_token *token;
    provider_key *key;
} opened;

static opened open_key(fixture *of, const char *rules, long timeout_ms)
{
    opened made = {NULL, NULL};
    assert_true(shim_use(of->hsm, rules));
    cihsm_token_config config = fixture_config(of, SHIM_MODULE);
    config.timeout_ms = timeout_ms;
    assert_int_equal(cihsm_token_open(&config, &made.token, NULL), CIHSM_OK);
    pkcs11_key *key = fixture_find(made.token, "Q");
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    assert_int_equal(pkcs11_key_public(key, &public_key, NULL), CIHSM_OK);
    assert_int_equal(provider_key_new(pkcs11_key_signer(&key), public_key, &made.key, NULL),
                     CIHSM_OK);
    return made;
}

static void close_key(opened *of)
{
    provider_key_free(&of->key);
    cihsm_token_free(&of->token);
}

static int sign(const opened *with)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    assert_int_equal(
        EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, provider_key_pkey(with->key), NULL),
        1);
    return EVP_DigestSign(ctx, sig, &len, (const unsigned char *)"text", 4);
}

/* Calls are made in threads of their own, or here: the queue that they may spoil is another one. */
static const long TIMEOUTS[] = {TIMEOUT_MS, IN_THIS_THREAD};
enum { TIMEOUT_COUNT = sizeof TIMEOUTS / sizeof *TIMEOUTS };

static void a_recovered_signature_leaves_the_queue_as_it_was(void **state)
{
    static const char *const RULES[] = {
        "C_Sign #2 -> CKR_DEVICE_REMOVED",
        "C_Sign #2 -> CKR_SESSION_HANDLE_INVALID",
        "C_SignInit #2 -> CKR_CRYPTOKI_NOT_INITIALIZED",
        "C_Sign #2 -> CKR_DEVICE_ERROR\n* -> junk",
        "* -> junk",
    };
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES * TIMEOUT_COUNT; i++) {
        ERR_clear_error();
        opened with = open_key(*state, RULES[i / TIMEOUT_COUNT], TIMEOUTS[i % TIMEOUT_COUNT]);
        assert_int_equal(sign(&with), 1);
        assert_int_equal(sign(&with), 1);
        assert_int_equal(ERR_peek_error(), 0);
        ERR_raise(ERR_LIB_USER, MARK); /* the caller's own stays, and stays alone */
        assert_int_equal(sign(&with), 1);
        assert_int_equal(ERR_GET_REASON(ERR_get_error()), MARK);
        assert_int_equal(ERR_get_error(), 0);
        close_key(&with);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void a_failed_signature_leaves_one_error(void **state)
{
    static const struct {
        const char *rules;
        provider_reason reason;
        const char *code;
    } ROWS[] = {
        {"C_Sign -> CKR_DEVICE_REMOVED", PROVIDER_TOKEN_FAILED, "CKR_DEVICE_REMOVED"},
        {"C_Sign -> CKR_DEVICE_ERROR\n* -> junk", PROVIDER_TOKEN_FAILED, "CKR_DEVICE_ERROR"},
        {"C_SignInit -> CKR_MECHANISM_INVALID\n* -> junk", PROVIDER_TOKEN_FAILED,
         "CKR_MECHANISM_INVALID"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS * TIMEOUT_COUNT; i++) {
        ERR_clear_error();
        opened with = open_key(*state, ROWS[i / TIMEOUT_COUNT].rules, TIMEOUTS[i % TIMEOUT_COUNT]);
        assert_int_not_equal(sign(&with), 1);
        const char *text = NULL;
        int flags = 0;
        const unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &text, &flags);
        assert_int_equal(ERR_GET_LIB(code), provider_error_library());
        assert_int_equal(ERR_GET_REASON(code), ROWS[i / TIMEOUT_COUNT].reason);
        assert_true((flags & ERR_TXT_STRING) != 0);
        assert_non_null(strstr(text, ROWS[i / TIMEOUT_COUNT].code));
        assert_int_equal(ERR_get_error(), 0);
        close_key(&with);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* SoftHSM itself: the object is gone under the key that uses it. */
static void a_key_that_took_the_place_of_another_is_found_out(void **state)
{
    opened with = open_key(*state, "", TIMEOUT_MS);
    assert_int_equal(sign(&with), 1);
    cihsm_key_deleted gone;
    assert_int_equal(cihsm_key_delete(with.token, "pkcs11:object=Q", &gone, NULL), CIHSM_OK);
    fixture_generate(with.token, "ec:P-256", "Q");
    cihsm_error err = {0};
    assert_int_not_equal(sign(&with), 1);
    assert_true(provider_key_last_error(with.key, &err));
    fixture_expect(&err, CIHSM_E_TOKEN, "another key has taken the place of the certificate's");
    ERR_clear_error();
    assert_int_not_equal(sign(&with), 1);
    ERR_clear_error();
    close_key(&with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_recovered_signature_leaves_the_queue_as_it_was, fixture_reset),
        cmocka_unit_test_setup(a_failed_signature_leaves_one_error, fixture_reset),
        cmocka_unit_test_setup(a_key_that_took_the_place_of_another_is_found_out, fixture_reset),
    };
    return cmocka_run_group_tests(tests, make_key, fixture_teardown);
}
