/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/foreign.h"
#include "provider/failure.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pki.h"

typedef struct keys {
    EVP_PKEY *all[2]; /* RSA, P-256 */
} keys;

static int setup(void **state)
{
    static keys made;
    made.all[0] = pki_key("RSA");
    made.all[1] = pki_key("P-256");
    *state = &made;
    return 0;
}

static int teardown(void **state)
{
    const keys *gone = *state;
    EVP_PKEY_free(gone->all[0]);
    EVP_PKEY_free(gone->all[1]);
    return 0;
}

static int sign_text(EVP_PKEY *key, unsigned char *sig, size_t *sig_len)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    return EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
           EVP_DigestSign(ctx, sig, sig_len, (const unsigned char *)"text", 4) == 1;
}

static int sign_somewhere(EVP_PKEY *key)
{
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    return sign_text(key, sig, &len);
}

static void the_signer_is_released_once_when_the_last_user_is_gone(void **state)
{
    const keys *have = *state;
    soft_signer signer = {.key = have->all[1]};
    provider_key *key = soft_signer_key(&signer, have->all[1]);
    EVP_PKEY *kept = provider_key_pkey(key);
    EVP_PKEY_up_ref(kept);
    provider_key_free(&key);
    assert_null(key);
    assert_int_equal(signer.released_count, 0);
    EVP_PKEY_free(kept);
    assert_int_equal(signer.released_count, 1);
}

static void a_key_signs_after_its_owner_freed_it(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        provider_key *key = soft_signer_key(&signer, have->all[i]);
        EVP_PKEY *kept = provider_key_pkey(key);
        EVP_PKEY_up_ref(kept);
        provider_key_free(&key);
        assert_int_equal(sign_somewhere(kept), 1);
        EVP_PKEY_free(kept);
        assert_int_equal(signer.released_count, 1);
    }
}

static void the_signer_is_released_when_no_key_can_be_made(void **state)
{
    (void)state;
    static const char *const TYPES[] = {"ED25519", "RSA-PSS", "EC"};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = NULL;
        CIHSM_AUTO(pkey_ctx_cleanup)
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, TYPES[i], NULL);
        assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
        assert_true(i != 2 || EVP_PKEY_CTX_set_group_name(ctx, "secp256k1") == 1);
        assert_int_equal(EVP_PKEY_generate(ctx, &other), 1);
        soft_signer signer = {.key = other};
        provider_key *key = NULL;
        cihsm_error err = {0};
        assert_int_equal(provider_key_new(soft_signer_table(&signer), other, &key, &err),
                         CIHSM_E_CONFIG);
        assert_null(key);
        assert_int_equal(signer.released_count, 1);
        assert_non_null(strstr(err.message, "P-256"));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void a_signer_without_release_is_fine(void **state)
{
    const keys *have = *state;
    soft_signer signer = {.key = have->all[1]};
    cihsm_signer table = soft_signer_table(&signer);
    table.release = NULL;
    provider_key *key = NULL;
    assert_int_equal(provider_key_new(table, have->all[1], &key, NULL), CIHSM_OK);
    provider_key_free(&key);
    provider_key_free(&key);
    provider_key_free(NULL);
    assert_null(key);
}

static void nothing_private_is_ever_taken_from_the_given_key(void **state)
{
    const keys *have = *state;
    static const char *const PRIVATE[] = {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_PRIV_KEY};
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = NULL;
        /* the private key itself is given for the public one */
        assert_int_equal(provider_key_new(soft_signer_table(&signer), have->all[i], &key, NULL),
                         CIHSM_OK);
        BIGNUM *secret = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(provider_key_pkey(key), PRIVATE[i], &secret), 0);
        assert_null(secret);
    }
}

static void export_of_the_private_part_is_refused(void **state) /* P1 */
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        EVP_PKEY *pkey = provider_key_pkey(key);
        OSSL_PARAM *params = NULL;
        assert_int_equal(EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &params), 0);
        assert_null(params);
        /* comparing first caches an export of the public half in the default provider */
        assert_int_equal(EVP_PKEY_eq(pkey, have->all[i]), 1);
        assert_int_equal(sign_somewhere(pkey), 1);
        assert_int_equal(signer.signed_count, 1);
        ERR_clear_error();
    }
}

static void the_public_half_is_exported(void **state) /* P2 */
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *half = pki_public_half(provider_key_pkey(key));
        assert_int_equal(EVP_PKEY_eq(half, have->all[i]), 1);
        OSSL_PARAM *params = NULL;
        assert_int_equal(EVP_PKEY_todata(provider_key_pkey(key), EVP_PKEY_PUBLIC_KEY, &params), 1);
        assert_null(OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_RSA_D));
        assert_null(OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_PRIV_KEY));
        OSSL_PARAM_free(params);
    }
}

static void a_certificate_of_the_default_context_fits_the_key(void **state) /* P3 */
{
    const keys *have = *state;
    pki *of = pki_new();
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        CIHSM_AUTO(x509_cleanup) X509 *leaf = pki_leaf(of, "client", have->all[i]);
        CIHSM_AUTO(x509_cleanup) X509 *other = pki_leaf(of, "other", have->all[1 - i]);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *stranger = pki_key(i == 0 ? "RSA" : "P-256");
        assert_int_equal(X509_check_private_key(leaf, provider_key_pkey(key)), 1);
        assert_int_equal(X509_check_private_key(other, provider_key_pkey(key)), 0);
        assert_int_not_equal(EVP_PKEY_eq(stranger, provider_key_pkey(key)), 1);
        assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    }
    ERR_clear_error();
    pki_free(&of);
}

static void foreign_keys_cannot_be_imported(void **state) /* P3 */
{
    const keys *have = *state;
    soft_signer signer = {.key = have->all[1]};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, provider_key_pkey(key), NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *made = NULL;
    assert_int_equal(EVP_PKEY_todata(have->all[1], EVP_PKEY_KEYPAIR, &params), 1);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_not_equal(EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_KEYPAIR, params), 1);
    assert_null(made);
    OSSL_PARAM_free(params);
    ERR_clear_error();
}

static void two_keys_are_equal_if_their_public_halves_are(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *one = soft_signer_key(&signer, have->all[i]);
        CIHSM_AUTO(provider_key_free) provider_key *same = soft_signer_key(&signer, have->all[i]);
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *fresh = pki_key(i == 0 ? "RSA" : "P-256");
        CIHSM_AUTO(provider_key_free) provider_key *other = soft_signer_key(&signer, fresh);
        assert_int_equal(EVP_PKEY_eq(provider_key_pkey(one), provider_key_pkey(same)), 1);
        assert_int_equal(EVP_PKEY_eq(provider_key_pkey(one), provider_key_pkey(other)), 0);
        assert_int_equal(EVP_PKEY_parameters_eq(provider_key_pkey(one), provider_key_pkey(same)),
                         1);
    }
    ERR_clear_error();
}

static void a_duplicate_signs_and_keeps_the_signer(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        provider_key *key = soft_signer_key(&signer, have->all[i]);
        EVP_PKEY *copy = EVP_PKEY_dup(provider_key_pkey(key));
        assert_non_null(copy);
        provider_key_free(&key);
        assert_int_equal(sign_somewhere(copy), 1);
        assert_int_equal(signer.released_count, 0);
        EVP_PKEY_free(copy);
        assert_int_equal(signer.released_count, 1);
    }
}

static void the_key_describes_itself_as_the_software_key_does(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        EVP_PKEY *pkey = provider_key_pkey(key);
        assert_int_equal(EVP_PKEY_get_bits(pkey), EVP_PKEY_get_bits(have->all[i]));
        assert_int_equal(EVP_PKEY_get_size(pkey), EVP_PKEY_get_size(have->all[i]));
        assert_int_equal(EVP_PKEY_get_security_bits(pkey),
                         EVP_PKEY_get_security_bits(have->all[i]));
        char digest[32] = "";
        assert_true(EVP_PKEY_get_default_digest_name(pkey, digest, sizeof digest) > 0);
        assert_string_equal(digest, "SHA256");
        assert_int_equal(EVP_PKEY_can_sign(pkey), 1);
    }
    soft_signer signer = {.key = have->all[1]};
    CIHSM_AUTO(provider_key_free) provider_key *ec = soft_signer_key(&signer, have->all[1]);
    char group[32] = "";
    unsigned char *point = NULL;
    assert_int_equal(EVP_PKEY_get_group_name(provider_key_pkey(ec), group, sizeof group, NULL), 1);
    assert_string_equal(group, "prime256v1");
    assert_int_equal(EVP_PKEY_get1_encoded_public_key(provider_key_pkey(ec), &point), 65);
    OPENSSL_free(point);
}

static void a_key_of_another_certificate_is_caught_at_the_first_signature(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key(i == 0 ? "RSA" : "P-256");
        soft_signer signer = {.key = other};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        for (int again = 0; again < 2; again++) {
            cihsm_error err = {0};
            unsigned char sig[CIHSM_SIGNATURE_MAX];
            size_t len = sizeof sig;
            memset(sig, 0, sizeof sig);
            assert_int_equal(sign_text(provider_key_pkey(key), sig, &len), 0);
            assert_int_equal(sig[0] | sig[1] | sig[2], 0); /* nothing got out */
            assert_true(provider_key_last_error(key, &err));
            assert_int_equal(err.status, CIHSM_E_CONFIG);
            assert_non_null(strstr(err.message, "does not belong to the certificate"));
        }
        assert_int_equal(ERR_GET_REASON(ERR_peek_error()), PROVIDER_WRONG_PAIR);
        ERR_clear_error();
        assert_int_equal(provider_key_signature_count(key), 0);
    }
}

static void a_key_of_another_size_is_caught_too(void **state)
{
    const keys *have = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key("P-384");
    soft_signer signer = {.key = other};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    cihsm_error err = {0};
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
    assert_true(provider_key_last_error(key, &err));
    assert_int_equal(err.status, CIHSM_E_CONFIG);
    assert_non_null(strstr(err.message, "96 bytes"));
    ERR_clear_error();
}

/* Cost: one verification a key, not one a signature. */
static void only_the_first_signature_is_verified(void **state)
{
    const keys *have = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key("P-256");
    soft_signer signer = {.key = have->all[1]};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    signer.key = other;
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    assert_int_equal(provider_key_signature_count(key), 2);
}

static void a_key_that_was_looked_up_again_is_verified_again(void **state)
{
    const keys *have = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key("P-256");
    soft_signer signer = {.key = have->all[1]};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    EVP_PKEY *pkey = provider_key_pkey(key);
    assert_int_equal(sign_somewhere(pkey), 1);
    signer.key = other;
    signer.lookups = 1;
    for (int again = 0; again < 2; again++) {
        cihsm_error err = {0};
        unsigned char sig[CIHSM_SIGNATURE_MAX] = {0};
        size_t len = sizeof sig;
        assert_int_equal(sign_text(pkey, sig, &len), 0);
        assert_int_equal(sig[0] | sig[1] | sig[2], 0); /* nothing got out */
        assert_true(provider_key_last_error(key, &err));
        assert_int_equal(err.status, CIHSM_E_TOKEN);
        assert_non_null(strstr(err.message, "another key has taken the place"));
        assert_int_equal(ERR_GET_REASON(ERR_get_error()), PROVIDER_TOKEN_FAILED);
        assert_int_equal(ERR_get_error(), 0);
    }
    signer.key = have->all[1]; /* the right one is back */
    signer.lookups = 2;
    assert_int_equal(sign_somewhere(pkey), 1);
    assert_int_equal(provider_key_signature_count(key), 2);
}

static void a_key_that_was_looked_up_meanwhile_is_verified_until_that_is_over(void **state)
{
    const keys *have = *state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *other = pki_key("P-256");
    soft_signer signer = {.key = have->all[1], .looks_up_each_time = true};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    signer.key = other;
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
    ERR_clear_error();
}

static void a_malformed_signature_of_a_proven_key_is_the_tokens_failure(void **state)
{
    const keys *have = *state;
    for (size_t i = 0; i < 2; i++) {
        soft_signer signer = {.key = have->all[i]};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[i]);
        cihsm_error err = {0};
        assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
        signer.wrong_length = 1;
        assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
        assert_true(provider_key_last_error(key, &err));
        assert_int_equal(err.status, CIHSM_E_TOKEN);
        ERR_clear_error();
    }
}

static void the_last_error_is_what_the_signer_said_until_forgotten(void **state)
{
    const keys *have = *state;
    soft_signer signer = {.key = have->all[1], .failure = CIHSM_E_PIN};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    cihsm_error err = {0};
    assert_false(provider_key_last_error(key, &err));
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
    signer.failure = CIHSM_OK;
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1); /* does not hide it */
    assert_true(provider_key_last_error(key, &err));
    assert_int_equal(err.status, CIHSM_E_PIN);
    assert_int_equal(err.origin, CIHSM_FROM_TOKEN);
    assert_int_equal(err.native, 0x30);
    assert_string_equal(err.message, "the token in slot 7 went away");
    provider_key_forget_error(key);
    assert_false(provider_key_last_error(key, &err));
    ERR_clear_error();
}

static void the_queue_names_us_and_the_reason(void **state) /* P7 */
{
    const keys *have = *state;
    static const struct {
        cihsm_status status;
        const char *says;
    } CASES[] = {
        {CIHSM_E_TOKEN, "the token failed"},
        {CIHSM_E_PIN, "PIN missing, refused or locked"},
        {CIHSM_E_TIMEOUT, "did not sign in time"},
        {CIHSM_E_INTERNAL, "the key did not sign"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        soft_signer signer = {.key = have->all[1], .failure = CASES[i].status};
        CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
        assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
        const char *data = NULL;
        int flags = 0;
        char text[256]; /* what libcurl prints */
        const unsigned long code = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
        ERR_error_string_n(code, text, sizeof text);
        assert_non_null(strstr(text, ":cihsm:"));
        assert_non_null(strstr(text, CASES[i].says));
        assert_int_equal(ERR_GET_LIB(code), provider_error_library());
        assert_string_equal(data, "the token in slot 7 went away");
        ERR_clear_error();
    }
}

static void what_a_module_leaves_in_the_queue_is_removed(void **state) /* P6 */
{
    const keys *have = *state;
    soft_signer signer = {.key = have->all[1], .leaves_junk = true};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, have->all[1]);
    ERR_clear_error();
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 1);
    assert_int_equal(ERR_peek_error(), 0);
    signer.failure = CIHSM_E_TOKEN;
    assert_int_equal(sign_somewhere(provider_key_pkey(key)), 0);
    assert_int_equal(ERR_GET_LIB(ERR_peek_error()), provider_error_library());
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signer_is_released_once_when_the_last_user_is_gone),
        cmocka_unit_test(a_key_signs_after_its_owner_freed_it),
        cmocka_unit_test(the_signer_is_released_when_no_key_can_be_made),
        cmocka_unit_test(a_signer_without_release_is_fine),
        cmocka_unit_test(nothing_private_is_ever_taken_from_the_given_key),
        cmocka_unit_test(export_of_the_private_part_is_refused),
        cmocka_unit_test(the_public_half_is_exported),
        cmocka_unit_test(a_certificate_of_the_default_context_fits_the_key),
        cmocka_unit_test(foreign_keys_cannot_be_imported),
        cmocka_unit_test(two_keys_are_equal_if_their_public_halves_are),
        cmocka_unit_test(a_duplicate_signs_and_keeps_the_signer),
        cmocka_unit_test(the_key_describes_itself_as_the_software_key_does),
        cmocka_unit_test(a_key_of_another_certificate_is_caught_at_the_first_signature),
        cmocka_unit_test(a_key_of_another_size_is_caught_too),
        cmocka_unit_test(only_the_first_signature_is_verified),
        cmocka_unit_test(a_key_that_was_looked_up_again_is_verified_again),
        cmocka_unit_test(a_key_that_was_looked_up_meanwhile_is_verified_until_that_is_over),
        cmocka_unit_test(a_malformed_signature_of_a_proven_key_is_the_tokens_failure),
        cmocka_unit_test(the_last_error_is_what_the_signer_said_until_forgotten),
        cmocka_unit_test(the_queue_names_us_and_the_reason),
        cmocka_unit_test(what_a_module_leaves_in_the_queue_is_removed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
