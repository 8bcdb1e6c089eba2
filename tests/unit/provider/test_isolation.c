/* SPDX-License-Identifier: Apache-2.0 */
/* The application's own library context is as it was before (P15). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include "base/foreign.h"
#include "unit/provider/soft_signer.h"
#include "unit/tls/pki.h"

static int sign(EVP_PKEY *key)
{
    CIHSM_AUTO(md_ctx_cleanup) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char sig[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof sig;
    return EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
           EVP_DigestSign(ctx, sig, &len, (const unsigned char *)"text", 4) == 1;
}

static void use_a_key_once(void)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *software = pki_key("P-256");
    soft_signer signer = {.key = software};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, software);
    assert_int_equal(sign(provider_key_pkey(key)), 1);
}

static const char *name_of(const OSSL_PROVIDER *provider)
{
    return OSSL_PROVIDER_get0_name(provider);
}

static void algorithms_of_the_default_context_stay_the_defaults(void **state) /* P15 */
{
    (void)state;
    use_a_key_once();
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_SIGNATURE *rsa = EVP_SIGNATURE_fetch(NULL, "RSA", NULL);
    EVP_SIGNATURE *ecdsa = EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL);
    EVP_KEYMGMT *ec = EVP_KEYMGMT_fetch(NULL, "EC", NULL);
    assert_string_equal(name_of(EVP_MD_get0_provider(md)), "default");
    assert_string_equal(name_of(EVP_SIGNATURE_get0_provider(rsa)), "default");
    assert_string_equal(name_of(EVP_SIGNATURE_get0_provider(ecdsa)), "default");
    assert_string_equal(name_of(EVP_KEYMGMT_get0_provider(ec)), "default");
    EVP_MD_free(md);
    EVP_SIGNATURE_free(rsa);
    EVP_SIGNATURE_free(ecdsa);
    EVP_KEYMGMT_free(ec);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *fresh = pki_key("P-256"); /* a TLS key share */
    assert_non_null(fresh);
}

static int count_provider(OSSL_PROVIDER *provider, void *found)
{
    *(bool *)found = *(bool *)found || strcmp(name_of(provider), "cihsm") == 0;
    return 1;
}

static void our_provider_is_not_in_the_default_context(void **state)
{
    (void)state;
    use_a_key_once();
    bool found = false;
    OSSL_PROVIDER_do_all(NULL, count_provider, &found);
    assert_false(found);
    assert_int_equal(OSSL_PROVIDER_available(NULL, "cihsm"), 0);
    assert_null(EVP_SIGNATURE_fetch(NULL, "RSA", "provider=cihsm"));
    ERR_clear_error();
}

static void a_key_works_under_restrictive_default_properties(void **state)
{
    (void)state;
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *software = pki_key("P-256");
    soft_signer signer = {.key = software};
    CIHSM_AUTO(provider_key_free) provider_key *key = soft_signer_key(&signer, software);
    assert_int_equal(EVP_set_default_properties(NULL, "provider=default"), 1);
    const int done = sign(provider_key_pkey(key));
    assert_int_equal(EVP_set_default_properties(NULL, NULL), 1);
    assert_int_equal(done, 1);
    assert_int_equal(signer.signed_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_of_the_default_context_stay_the_defaults),
        cmocka_unit_test(our_provider_is_not_in_the_default_context),
        cmocka_unit_test(a_key_works_under_restrictive_default_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
