/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/provider/soft_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/foreign.h"
#include "unit/tls/pki.h"

FOREIGN_CLEANUP(ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free)

static const EVP_MD *md_of(cihsm_digest digest)
{
    return digest == CIHSM_SHA256   ? EVP_sha256()
           : digest == CIHSM_SHA384 ? EVP_sha384()
                                    : EVP_sha512();
}

static bool set_rsa(EVP_PKEY_CTX *ctx, const cihsm_sign_request *request)
{
    const bool pss = request->scheme == CIHSM_RSA_PSS;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_CTX_set_signature_md(ctx, md_of(request->digest)) > 0 &&
           (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)request->salt_len) > 0);
}

static bool to_raw(EVP_PKEY *key, const uint8_t *der, size_t der_len, uint8_t *raw, size_t *raw_len)
{
    const int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    const unsigned char *at = der;
    CIHSM_AUTO(ecdsa_sig_cleanup) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half) != half ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, half) != half) {
        return false;
    }
    *raw_len = (size_t)half * 2;
    return true;
}

static bool sign_in_memory(EVP_PKEY *key, const cihsm_sign_request *request, uint8_t *sig,
                           size_t *sig_len)
{
    CIHSM_AUTO(pkey_ctx_cleanup) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    uint8_t made[CIHSM_SIGNATURE_MAX];
    size_t len = sizeof made;
    const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || (rsa && !set_rsa(ctx, request)) ||
        EVP_PKEY_sign(ctx, made, &len, request->hash, request->hash_len) != 1) {
        return false;
    }
    if (!rsa) {
        return to_raw(key, made, len, sig, sig_len);
    }
    memcpy(sig, made, len);
    *sig_len = len;
    return true;
}

static cihsm_status sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err)
{
    soft_signer *self = context;
    atomic_fetch_add(&self->signed_count, 1);
    atomic_fetch_add(&self->lookups, self->looks_up_each_time);
    if (self->leaves_junk) {
        ERR_raise(ERR_LIB_ENGINE, 1);
    }
    if (self->failure != CIHSM_OK) {
        return cihsm_fail(err, self->failure, CIHSM_FROM_TOKEN, 0x30,
                          "the token in slot 7 went away");
    }
    const size_t order = (size_t)(EVP_PKEY_get_bits(self->key) + 7) / 8;
    if (request->scheme == CIHSM_ECDSA && request->hash_len > order) {
        return cihsm_fail(err, CIHSM_E_TOKEN, CIHSM_FROM_TOKEN, 0x21, "the hash is too long");
    }
    if (!sign_in_memory(self->key, request, sig, sig_len)) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "soft signer");
    }
    *sig_len -= self->wrong_length;
    return CIHSM_OK;
}

static void release(void *context)
{
    soft_signer *self = context;
    atomic_fetch_add(&self->released_count, 1);
}

static unsigned long lookups(void *context)
{
    soft_signer *self = context;
    return atomic_load(&self->lookups);
}

cihsm_signer soft_signer_table(soft_signer *over)
{
    return (cihsm_signer){.sign = sign, .release = release, .context = over, .lookups = lookups};
}

provider_key *soft_signer_key(soft_signer *signer, EVP_PKEY *certificate_key)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *half = pki_public_half(certificate_key);
    provider_key *made = NULL;
    cihsm_error err = {0};
    assert_int_equal(provider_key_new(soft_signer_table(signer), half, &made, &err), CIHSM_OK);
    return made;
}
