/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "base/foreign.h"
#include "provider/failure.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pki.h"

static const unsigned char TEXT[] = "a text that is longer than one block of SHA-512, which has "
                                    "128 bytes, so that streaming it in pieces means something";

enum { RSA_KEY, P256_KEY, P384_KEY, P521_KEY, KEY_COUNT };
static const char *const KINDS[] = {"RSA", "P-256", "P-384", "P-521"};

typedef struct world {
    EVP_PKEY *software[KEY_COUNT];
    soft_signer signers[KEY_COUNT];
    provider_key *keys[KEY_COUNT];
} world;

static world all;

static int setup(void **state)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        all.software[i] = pki_key(KINDS[i]);
        all.signers[i].key = all.software[i];
        all.keys[i] = soft_signer_key(&all.signers[i], all.software[i]);
    }
    *state = &all;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        provider_key_free(&all.keys[i]);
        EVP_PKEY_free(all.software[i]);
    }
    return 0;
}

static EVP_PKEY *ours(size_t at)
{
    return provider_key_pkey(all.keys[at]);
}

/* What is asked of one signature. */
typedef struct form {
    size_t key;
    const char *digest;
    int padding; /* 0: as it is */
    int salt;    /* RSA_PSS_SALTLEN_* or bytes; PSS only */
} form;

static const form FORMS[] = {
    {RSA_KEY, "SHA256", 0, 0},
    {RSA_KEY, "SHA384", RSA_PKCS1_PADDING, 0},
    {RSA_KEY, "SHA2-512", RSA_PKCS1_PADDING, 0},
    {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST},
    {RSA_KEY, "SHA384", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST},
    {RSA_KEY, "SHA512", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST},
    {RSA_KEY, "SHA512", RSA_PKCS1_PSS_PADDING, 32},
    {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, 0},
    {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX},
    {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO},
    {P256_KEY, "SHA256", 0, 0},
    {P256_KEY, "SHA2-384", 0, 0}, /* P13: longer than the order */
    {P256_KEY, "SHA512", 0, 0},   /* P13 */
    {P384_KEY, "SHA256", 0, 0},
    {P384_KEY, "SHA384", 0, 0},
    {P384_KEY, "SHA512", 0, 0}, /* P13 */
    {P521_KEY, "SHA512", 0, 0},
};
#define FORM_COUNT (sizeof FORMS / sizeof *FORMS)

static bool set_form(EVP_PKEY_CTX *ctx, const form *as)
{
    return as->padding == 0 || (EVP_PKEY_CTX_set_rsa_padding(ctx, as->padding) == 1 &&
                                (as->padding != RSA_PKCS1_PSS_PADDING ||
                                 EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, as->salt) == 1));
}

static void sign_at_once(EVP_PKEY *key, const form *as, unsigned char *sig, size_t *len)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    size_t most = 0;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, &settings, as->digest, NULL, NULL, key, NULL), 1);
    assert_true(set_form(settings, as));
    assert_int_equal(EVP_DigestSign(ctx, NULL, &most, TEXT, sizeof TEXT), 1);
    assert_int_equal(most, EVP_PKEY_get_size(key));
    assert_true(most <= *len);
    assert_int_equal(EVP_DigestSign(ctx, sig, len, TEXT, sizeof TEXT), 1);
}

static void sign_in_pieces(EVP_PKEY *key, const form *as, unsigned char *sig, size_t *len)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    size_t most = 0;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, &settings, as->digest, NULL, NULL, key, NULL), 1);
    assert_true(set_form(settings, as));
    for (size_t at = 0; at < sizeof TEXT; at += 7) {
        const size_t left = sizeof TEXT - at;
        assert_int_equal(EVP_DigestSignUpdate(ctx, TEXT + at, left < 7 ? left : 7), 1);
    }
    assert_int_equal(EVP_DigestSignFinal(ctx, NULL, &most), 1);
    assert_true(most <= *len);
    assert_int_equal(EVP_DigestSignFinal(ctx, sig, len), 1);
}

static int verify(EVP_PKEY *key, const form *as, const unsigned char *sig, size_t len)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    assert_int_equal(EVP_DigestVerifyInit_ex(ctx, &settings, as->digest, NULL, NULL, key, NULL), 1);
    assert_true(set_form(settings, as));
    return EVP_DigestVerify(ctx, sig, len, TEXT, sizeof TEXT);
}

static void every_form_verifies_with_the_default_provider(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * FORM_COUNT; i++) {
        const form *as = &FORMS[i / 2];
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        if (i % 2 == 0) {
            sign_at_once(ours(as->key), as, sig, &len);
        } else {
            sign_in_pieces(ours(as->key), as, sig, &len);
        }
        assert_int_equal(verify(all.software[as->key], as, sig, len), 1);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void every_form_verifies_with_the_key_itself(void **state) /* P4 */
{
    (void)state;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        const form *as = &FORMS[i];
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        sign_at_once(all.software[as->key], as, sig, &len);
        assert_int_equal(verify(ours(as->key), as, sig, len), 1);
        sig[len - 1] ^= 1;
        assert_int_not_equal(verify(ours(as->key), as, sig, len), 1);
        ERR_clear_error();
    }
}

/* Default and "auto" take the digest's length, where OpenSSL's provider takes the maximum. */
static void a_pss_salt_is_as_long_as_was_asked(void **state)
{
    (void)state;
    static const struct {
        int asked, made;
    } CASES[] = {{RSA_PSS_SALTLEN_DIGEST, 32},
                 {RSA_PSS_SALTLEN_AUTO, 32},
                 {RSA_PSS_SALTLEN_MAX, 256 - 32 - 2},
                 {20, 20},
                 {0, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const form signing = {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, CASES[i].asked};
        const form exact = {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, CASES[i].made};
        const form other = {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, CASES[i].made + 1};
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        sign_at_once(ours(RSA_KEY), &signing, sig, &len);
        assert_int_equal(verify(all.software[RSA_KEY], &exact, sig, len), 1);
        assert_int_not_equal(verify(all.software[RSA_KEY], &other, sig, len), 1);
        ERR_clear_error();
    }
}

static void a_hash_made_elsewhere_is_signed(void **state)
{
    (void)state;
    static const size_t KEYS[] = {RSA_KEY, P256_KEY, P384_KEY};
    unsigned char hash[64];
    memset(hash, 7, sizeof hash);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        CIHSM_AUTO(pkey_ctx_cleanup)
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours(KEYS[i]), NULL);
        CIHSM_AUTO(pkey_ctx_cleanup)
        EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, all.software[KEYS[i]], NULL);
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha512()), 1);
        assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, hash, 64), 1);
        assert_int_equal(EVP_PKEY_verify_init(check), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(check, EVP_sha512()), 1);
        assert_int_equal(EVP_PKEY_verify(check, sig, len, hash, 64), 1);

        len = sizeof sig; /* a hash of another digest */
        assert_int_not_equal(EVP_PKEY_sign(ctx, sig, &len, hash, 32), 1);
        assert_int_equal(ERR_GET_REASON(ERR_peek_error()), PROVIDER_BAD_LENGTH);
        ERR_clear_error();
    }
}

static void an_rsa_key_signs_no_hash_of_an_unnamed_digest(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours(RSA_KEY), NULL);
    unsigned char hash[32] = {0};
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_not_equal(EVP_PKEY_sign(ctx, sig, &len, hash, sizeof hash), 1);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()), PROVIDER_BAD_DIGEST);
    ERR_clear_error();
}

static void an_ec_key_tells_the_digest_by_its_length(void **state)
{
    (void)state;
    static const size_t LENGTHS[] = {32, 48, 64, 20};
    unsigned char hash[64] = {1};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        CIHSM_AUTO(pkey_ctx_cleanup)
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours(P256_KEY), NULL);
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
        const int result = EVP_PKEY_sign(ctx, sig, &len, hash, LENGTHS[i]);
        assert_int_equal(result == 1, LENGTHS[i] != 20);
    }
    ERR_clear_error();
}

static void another_digest_is_refused_with_a_clear_error(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {"SHA1", "SHA224", "SHA3-256", "MD5-SHA1", "no-such"};
    for (size_t i = 0; i < 2 * sizeof OTHERS / sizeof *OTHERS; i++) {
        CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        const char *name = OTHERS[i / 2];
        assert_int_not_equal(EVP_DigestSignInit_ex(ctx, NULL, name, NULL, NULL, ours(i % 2), NULL),
                             1);
        bool found = false;
        for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
            found = found || (ERR_GET_LIB(code) == provider_error_library() &&
                              ERR_GET_REASON(code) == PROVIDER_BAD_DIGEST);
        }
        /* OpenSSL itself knows no such digest, or says so before we can */
        assert_true(found || strcmp(name, "no-such") == 0);
    }
}

static void parameters_are_set_and_read_as_text_and_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *padding, *salt;
        int padding_is, salt_is;
    } CASES[] = {
        {"pss", "digest", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST},
        {"pss", "max", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX},
        {"pss", "auto", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO},
        {"pss", "40", RSA_PKCS1_PSS_PADDING, 40},
        {"pkcs1", "digest", RSA_PKCS1_PADDING, RSA_PSS_SALTLEN_DIGEST},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY_CTX *settings = NULL;
        char padding[16];
        char salt[16];
        snprintf(padding, sizeof padding, "%s", CASES[i].padding);
        snprintf(salt, sizeof salt, "%s", CASES[i].salt);
        const OSSL_PARAM set[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding, 0),
            OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt, 0),
            OSSL_PARAM_construct_end()};
        assert_int_equal(
            EVP_DigestSignInit_ex(ctx, &settings, "SHA384", NULL, NULL, ours(RSA_KEY), NULL), 1);
        assert_int_equal(EVP_PKEY_CTX_set_params(settings, set), 1);

        int padding_is = 0;
        int salt_is = 99;
        char salt_text[16] = "";
        char mask[16] = "";
        OSSL_PARAM get[] = {
            OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &padding_is),
            OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt_is),
            OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, mask, sizeof mask),
            OSSL_PARAM_construct_end()};
        OSSL_PARAM get_text[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN,
                                                                  salt_text, sizeof salt_text),
                                 OSSL_PARAM_construct_end()};
        assert_int_equal(EVP_PKEY_CTX_get_params(settings, get), 1);
        assert_int_equal(EVP_PKEY_CTX_get_params(settings, get_text), 1);
        assert_int_equal(padding_is, CASES[i].padding_is);
        assert_int_equal(salt_is, CASES[i].salt_is);
        assert_string_equal(salt_text, CASES[i].salt);
        assert_string_equal(mask, "SHA384");
    }
}

static void what_a_token_cannot_do_is_refused_before_it_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } BAD[] = {
        {OSSL_SIGNATURE_PARAM_PAD_MODE, "none"},    {OSSL_SIGNATURE_PARAM_PAD_MODE, "x931"},
        {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "long"}, {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "-5"},
        {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "9999"}, {OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA1"},
        {OSSL_SIGNATURE_PARAM_DIGEST, "SHA512"}, /* hashing with another one goes on */
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY_CTX *settings = NULL;
        char value[16];
        snprintf(value, sizeof value, "%s", BAD[i].value);
        const OSSL_PARAM set[] = {OSSL_PARAM_construct_utf8_string(BAD[i].name, value, 0),
                                  OSSL_PARAM_construct_end()};
        assert_int_equal(
            EVP_DigestSignInit_ex(ctx, &settings, "SHA256", NULL, NULL, ours(RSA_KEY), NULL), 1);
        assert_int_not_equal(EVP_PKEY_CTX_set_params(settings, set), 1);
        assert_int_equal(ERR_GET_LIB(ERR_peek_error()), provider_error_library());
        ERR_clear_error();
    }
}

static void a_salt_beyond_the_modulus_and_another_mgf1_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const unsigned before = all.signers[RSA_KEY].signed_count;
        CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY_CTX *settings = NULL;
        unsigned char sig[CIHSM_SIGNATURE_MAX];
        size_t len = sizeof sig;
        assert_int_equal(
            EVP_DigestSignInit_ex(ctx, &settings, "SHA256", NULL, NULL, ours(RSA_KEY), NULL), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), 1);
        if (i == 0) {
            assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 223), 1);
        } else {
            assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(settings, EVP_sha512()), 1);
        }
        assert_int_not_equal(EVP_DigestSign(ctx, sig, &len, TEXT, sizeof TEXT), 1);
        assert_int_equal(ERR_GET_REASON(ERR_peek_error()), PROVIDER_BAD_PSS);
        assert_int_equal(all.signers[RSA_KEY].signed_count, before);
        ERR_clear_error();
    }
}

static void too_little_room_is_an_error_and_not_an_overflow(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        unsigned char sig[16];
        size_t len = sizeof sig;
        assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, ours(i), NULL), 1);
        assert_int_not_equal(EVP_DigestSign(ctx, sig, &len, TEXT, sizeof TEXT), 1);
        assert_int_equal(ERR_GET_REASON(ERR_peek_error()), PROVIDER_BAD_LENGTH);
        ERR_clear_error();
    }
}

/* openssl dgst and CMS copy a running context and finish both. */
static void a_copied_context_signs_on_its_own(void **state)
{
    (void)state;
    const form as = {P256_KEY, "SHA256", 0, 0};
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *copy = EVP_MD_CTX_new();
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, ours(P256_KEY), NULL),
                     1);
    assert_int_equal(EVP_DigestSignUpdate(ctx, TEXT, 10), 1);
    assert_int_equal(EVP_MD_CTX_copy_ex(copy, ctx), 1);
    assert_int_equal(EVP_DigestSignUpdate(ctx, "other", 5), 1);
    assert_int_equal(EVP_DigestSignUpdate(copy, TEXT + 10, sizeof TEXT - 10), 1);
    assert_int_equal(EVP_DigestSignFinal(copy, sig, &len), 1);
    assert_int_equal(verify(all.software[P256_KEY], &as, sig, len), 1);
    len = sizeof sig;
    assert_int_equal(EVP_DigestSignFinal(ctx, sig, &len), 1);
    assert_int_equal(verify(all.software[P256_KEY], &as, sig, len), 0);
    ERR_clear_error();
}

static void a_context_without_a_named_digest_takes_the_default(void **state)
{
    (void)state;
    const form as = {RSA_KEY, "SHA256", 0, 0};
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, ours(RSA_KEY), NULL), 1);
    assert_int_equal(EVP_DigestSign(ctx, sig, &len, TEXT, sizeof TEXT), 1);
    assert_int_equal(verify(all.software[RSA_KEY], &as, sig, len), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_verifies_with_the_default_provider),
        cmocka_unit_test(every_form_verifies_with_the_key_itself),
        cmocka_unit_test(a_pss_salt_is_as_long_as_was_asked),
        cmocka_unit_test(a_hash_made_elsewhere_is_signed),
        cmocka_unit_test(an_rsa_key_signs_no_hash_of_an_unnamed_digest),
        cmocka_unit_test(an_ec_key_tells_the_digest_by_its_length),
        cmocka_unit_test(another_digest_is_refused_with_a_clear_error),
        cmocka_unit_test(parameters_are_set_and_read_as_text_and_as_numbers),
        cmocka_unit_test(what_a_token_cannot_do_is_refused_before_it_is_asked),
        cmocka_unit_test(a_salt_beyond_the_modulus_and_another_mgf1_are_refused),
        cmocka_unit_test(too_little_room_is_an_error_and_not_an_overflow),
        cmocka_unit_test(a_copied_context_signs_on_its_own),
        cmocka_unit_test(a_context_without_a_named_digest_takes_the_default),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
