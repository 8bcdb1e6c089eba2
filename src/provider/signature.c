/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/signature.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/rsa.h>

#include "provider/failure.h"
#include "provider/keymgmt.h"
#include "provider/signing.h"

cihsm_scheme signature_scheme(const signature_ctx *ctx)
{
    if (!provider_material_is_rsa(ctx->material)) {
        return CIHSM_ECDSA;
    }
    return ctx->padding == RSA_PKCS1_PSS_PADDING ? CIHSM_RSA_PSS : CIHSM_RSA_PKCS1;
}

bool signature_salt(const signature_ctx *ctx, size_t *salt_len)
{
    /* RFC 8017 section 9.1.1: emLen >= hLen + sLen + 2 */
    const size_t encoded = (provider_material_bits(ctx->material) - 1 + 7) / 8;
    const size_t digest = ctx->digest->size;
    const size_t most = encoded < digest + 2 ? 0 : encoded - digest - 2;
    switch (ctx->salt_len) {
    case RSA_PSS_SALTLEN_MAX:
        *salt_len = most;
        break;
    case RSA_PSS_SALTLEN_DIGEST:
        *salt_len = digest;
        break;
    default:
        *salt_len = ctx->salt_len < 0 ? digest : (size_t)ctx->salt_len;
        break;
    }
    if (*salt_len > most || encoded < digest + 2) {
        provider_raise(PROVIDER_BAD_PSS, "the salt is too long for this key");
        return false;
    }
    return true;
}

static void *ctx_new(void *provctx, const char *properties)
{
    (void)provctx, (void)properties;
    signature_ctx *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL) {
        provider_raise(PROVIDER_NO_MEMORY, NULL);
        return NULL;
    }
    ctx->padding = RSA_PKCS1_PADDING;
    ctx->salt_len = RSA_PSS_SALTLEN_DIGEST;
    return ctx;
}

static void ctx_free(void *vctx)
{
    signature_ctx *ctx = vctx;
    if (ctx != NULL) {
        provider_material_release(&ctx->material);
        EVP_MD_CTX_free(ctx->hash);
        free(ctx);
    }
}

static void *ctx_dup(void *vctx)
{
    const signature_ctx *from = vctx;
    signature_ctx *copy = ctx_new(NULL, NULL);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *from;
    copy->material = from->material == NULL ? NULL : provider_material_share(from->material);
    copy->hash = from->hash == NULL ? NULL : EVP_MD_CTX_new();
    if (from->hash != NULL &&
        (copy->hash == NULL || EVP_MD_CTX_copy_ex(copy->hash, from->hash) != 1)) {
        provider_raise(PROVIDER_NO_MEMORY, NULL);
        ctx_free(copy);
        return NULL;
    }
    return copy;
}

/* Without key data an operation is begun again with the key it has. */
static int init(void *vctx, void *keydata, const OSSL_PARAM params[])
{
    signature_ctx *ctx = vctx;
    provider_material *material = provider_keymgmt_material(keydata);
    if (material != NULL) {
        provider_material_release(&ctx->material);
        ctx->material = provider_material_share(material);
    }
    if (ctx->material == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, "no key");
    }
    EVP_MD_CTX_free(ctx->hash);
    ctx->hash = NULL;
    return signature_set_params(ctx, params);
}

static int digest_init(void *vctx, const char *name, void *keydata, const OSSL_PARAM params[])
{
    signature_ctx *ctx = vctx;
    const bool unnamed = name == NULL || name[0] == '\0';
    const provider_digest *digest = provider_digest_by_name(unnamed ? "SHA256" : name);
    if (digest == NULL) {
        return provider_raise(PROVIDER_BAD_DIGEST, name);
    }
    ctx->digest = digest;
    if (init(ctx, keydata, params) != 1) {
        return 0;
    }
    /* The application's context, not ours: its FIPS setting applies to digests. */
    EVP_MD *md = EVP_MD_fetch(NULL, ctx->digest->name, NULL);
    ctx->hash = EVP_MD_CTX_new();
    const int ready =
        md != NULL && ctx->hash != NULL && EVP_DigestInit_ex2(ctx->hash, md, NULL) == 1;
    EVP_MD_free(md); /* the hash has its own reference */
    return ready;
}

static int digest_update(void *vctx, const unsigned char *data, size_t len)
{
    const signature_ctx *ctx = vctx;
    if (ctx->hash == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, NULL);
    }
    return EVP_DigestUpdate(ctx->hash, data, len);
}

/* ECDSA uses the leftmost bits of the hash, as many as the order has (FIPS 186-4 section 6.4). */
static int build_ecdsa(const signature_ctx *ctx, const unsigned char *hash, size_t len,
                       cihsm_sign_request *request)
{
    const provider_digest *digest = ctx->digest;
    if (digest == NULL) {
        digest = provider_digest_by_size(len);
    }
    if (digest == NULL) {
        return provider_raise(PROVIDER_BAD_DIGEST, "cannot tell the digest by its length");
    }
    if (len != digest->size) {
        return provider_raise(PROVIDER_BAD_LENGTH, "the digest");
    }
    const size_t order = (provider_material_bits(ctx->material) + 7) / 8;
    *request = (cihsm_sign_request){.scheme = CIHSM_ECDSA,
                                    .digest = digest->digest,
                                    .hash = hash,
                                    .hash_len = len < order ? len : order};
    return 1;
}

static int build_rsa(const signature_ctx *ctx, const unsigned char *hash, size_t len,
                     cihsm_sign_request *request)
{
    if (ctx->digest == NULL) {
        return provider_raise(PROVIDER_BAD_DIGEST, "name the digest: nothing unhashed is signed");
    }
    if (len != ctx->digest->size) {
        return provider_raise(PROVIDER_BAD_LENGTH, "the digest");
    }
    *request = (cihsm_sign_request){.scheme = signature_scheme(ctx),
                                    .digest = ctx->digest->digest,
                                    .hash = hash,
                                    .hash_len = len};
    if (request->scheme != CIHSM_RSA_PSS) {
        return 1;
    }
    if (ctx->mgf1 != NULL && ctx->mgf1 != ctx->digest) {
        return provider_raise(PROVIDER_BAD_PSS, "MGF1 must use the digest of the signature");
    }
    return signature_salt(ctx, &request->salt_len) ? 1 : 0;
}

static int build(const signature_ctx *ctx, const unsigned char *hash, size_t len,
                 cihsm_sign_request *request)
{
    if (ctx->material == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, "no key");
    }
    return provider_material_is_rsa(ctx->material) ? build_rsa(ctx, hash, len, request)
                                                   : build_ecdsa(ctx, hash, len, request);
}

static int sign(void *vctx, unsigned char *sig, size_t *sig_len, size_t room,
                const unsigned char *hash, size_t hash_len)
{
    const signature_ctx *ctx = vctx;
    if (ctx->material == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, "no key");
    }
    const size_t most = provider_material_signature_max(ctx->material);
    if (sig == NULL) {
        *sig_len = most;
        return 1;
    }
    if (room < most) {
        return provider_raise(PROVIDER_BAD_LENGTH, "the room for the signature");
    }
    cihsm_sign_request request = {0};
    uint8_t made[CIHSM_SIGNATURE_MAX];
    size_t made_len = 0;
    if (build(ctx, hash, hash_len, &request) != 1 ||
        provider_sign(ctx->material, &request, made, &made_len) != 1) {
        return 0;
    }
    memcpy(sig, made, made_len);
    *sig_len = made_len;
    return 1;
}

static int verify(void *vctx, const unsigned char *sig, size_t sig_len, const unsigned char *hash,
                  size_t hash_len)
{
    const signature_ctx *ctx = vctx;
    cihsm_sign_request request = {0};
    if (build(ctx, hash, hash_len, &request) != 1) {
        return 0;
    }
    const int salt =
        ctx->salt_len == RSA_PSS_SALTLEN_AUTO ? RSA_PSS_SALTLEN_AUTO : (int)request.salt_len;
    return provider_verify(ctx->material, &request, salt, sig, sig_len) ? 1 : 0;
}

static int finish_hash(const signature_ctx *ctx, unsigned char *hash, size_t *len)
{
    unsigned int size = 0;
    if (ctx->hash == NULL) {
        return provider_raise(PROVIDER_BAD_STATE, NULL);
    }
    if (EVP_DigestFinal_ex(ctx->hash, hash, &size) != 1) {
        return 0;
    }
    *len = size;
    return 1;
}

static int digest_sign_final(void *vctx, unsigned char *sig, size_t *sig_len, size_t room)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (sig != NULL && finish_hash(vctx, hash, &len) != 1) {
        return 0;
    }
    return sign(vctx, sig, sig_len, room, hash, len);
}

static int digest_sign(void *vctx, unsigned char *sig, size_t *sig_len, size_t room,
                       const unsigned char *data, size_t len)
{
    if (sig != NULL && digest_update(vctx, data, len) != 1) {
        return 0;
    }
    return digest_sign_final(vctx, sig, sig_len, room);
}

static int digest_verify_final(void *vctx, const unsigned char *sig, size_t sig_len)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t len = 0;
    return finish_hash(vctx, hash, &len) == 1 ? verify(vctx, sig, sig_len, hash, len) : 0;
}

static int digest_verify(void *vctx, const unsigned char *sig, size_t sig_len,
                         const unsigned char *data, size_t len)
{
    return digest_update(vctx, data, len) == 1 ? digest_verify_final(vctx, sig, sig_len) : 0;
}

#define ENTRY(id, function)              \
    {                                    \
        (id), (void (*)(void))(function) \
    }
#define ENTRIES_OF_BOTH                                                                         \
    ENTRY(OSSL_FUNC_SIGNATURE_NEWCTX, ctx_new), ENTRY(OSSL_FUNC_SIGNATURE_FREECTX, ctx_free),   \
        ENTRY(OSSL_FUNC_SIGNATURE_DUPCTX, ctx_dup), ENTRY(OSSL_FUNC_SIGNATURE_SIGN_INIT, init), \
        ENTRY(OSSL_FUNC_SIGNATURE_SIGN, sign), ENTRY(OSSL_FUNC_SIGNATURE_VERIFY_INIT, init),    \
        ENTRY(OSSL_FUNC_SIGNATURE_VERIFY, verify),                                              \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, digest_init),                               \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, digest_update),                           \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, digest_sign_final),                        \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, digest_sign),                                    \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, digest_init),                             \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, digest_update),                         \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, digest_verify_final),                    \
        ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, digest_verify),                                \
        ENTRY(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, signature_get_params),                        \
        ENTRY(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signature_set_params)

const OSSL_DISPATCH provider_rsa_signature[] = {
    ENTRIES_OF_BOTH,
    ENTRY(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, signature_rsa_gettable),
    ENTRY(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signature_rsa_settable),
    {0, NULL},
};

const OSSL_DISPATCH provider_ecdsa_signature[] = {
    ENTRIES_OF_BOTH,
    ENTRY(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, signature_ecdsa_gettable),
    ENTRY(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signature_ecdsa_settable),
    {0, NULL},
};
