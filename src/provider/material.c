/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/material.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"

struct provider_material {
    atomic_uint references;
    cihsm_signer signer;
    EVP_PKEY *public_half;
    OSSL_PARAM *params; /* of the public half */
    bool is_rsa;
    size_t bits;
    size_t signature_max; /* bytes */
    atomic_ulong proven;  /* a lookup of the key; 0: none */
    atomic_ulong signatures;
    pthread_mutex_t lock; /* of error */
    cihsm_error error;
};

/*
 * Rebuilds the key from its public parameters in the default context: whatever was given, no
 * private part and no other provider can hide in it.
 */
static cihsm_status copy_public_half(provider_material *to, EVP_PKEY *from, cihsm_error *err)
{
    static const char FAILED[] = "cannot copy the public key";
    if (EVP_PKEY_todata(from, EVP_PKEY_PUBLIC_KEY, &to->params) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG, FAILED);
    }
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, to->is_rsa ? "RSA" : "EC", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &to->public_half, EVP_PKEY_PUBLIC_KEY, to->params) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG, FAILED);
    }
    return CIHSM_OK;
}

/* TLS 1.3 knows these curves; for them a digest is cut to the order at a byte boundary. */
static bool is_known_curve(EVP_PKEY *key)
{
    static const char *const CURVES[] = {"prime256v1", "secp384r1", "secp521r1"};
    char name[64] = "";
    EVP_PKEY_get_group_name(key, name, sizeof name, NULL);
    for (size_t i = 0; i < sizeof CURVES / sizeof *CURVES; i++) {
        if (strcmp(name, CURVES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status read_public_key(provider_material *into, EVP_PKEY *key, cihsm_error *err)
{
    into->is_rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    if (!into->is_rsa && (EVP_PKEY_is_a(key, "EC") != 1 || !is_known_curve(key))) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the certificate's key is neither RSA nor P-256, P-384 or P-521: "
                                "use a key of one of these kinds");
    }
    CIHSM_TRY(copy_public_half(into, key, err));
    const int bits = EVP_PKEY_get_bits(into->public_half);
    const int size = EVP_PKEY_get_size(into->public_half);
    if (bits <= 0 || size <= 0 || size > CIHSM_SIGNATURE_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the certificate's key has %d bits: use one of at most %d bits",
                                bits, CIHSM_SIGNATURE_MAX * 8);
    }
    into->bits = (size_t)bits;
    into->signature_max = (size_t)size;
    return CIHSM_OK;
}

static void release_signer(const cihsm_signer *signer)
{
    if (signer->release != NULL) {
        signer->release(signer->context);
    }
}

cihsm_status provider_material_new(cihsm_signer signer, EVP_PKEY *public_key,
                                   provider_material **out, cihsm_error *err)
{
    CIHSM_AUTO(provider_material_release) provider_material *made = calloc(1, sizeof *made);
    if (made == NULL) {
        release_signer(&signer);
        return cihsm_fail_memory(err);
    }
    atomic_init(&made->references, 1);
    atomic_init(&made->proven, 0);
    atomic_init(&made->signatures, 0);
    made->signer = signer;
    pthread_mutex_init(&made->lock, NULL); /* cannot fail without attributes */
    CIHSM_TRY(read_public_key(made, public_key, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

provider_material *provider_material_share(provider_material *material)
{
    atomic_fetch_add_explicit(&material->references, 1, memory_order_relaxed);
    return material;
}

void provider_material_release(provider_material **material)
{
    provider_material *gone = *material;
    *material = NULL;
    if (gone == NULL ||
        atomic_fetch_sub_explicit(&gone->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    release_signer(&gone->signer);
    EVP_PKEY_free(gone->public_half);
    OSSL_PARAM_free(gone->params);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

bool provider_material_is_rsa(const provider_material *material)
{
    return material->is_rsa;
}

size_t provider_material_bits(const provider_material *material)
{
    return material->bits;
}

size_t provider_material_signature_max(const provider_material *material)
{
    return material->signature_max;
}

EVP_PKEY *provider_material_public(const provider_material *material)
{
    return material->public_half;
}

const OSSL_PARAM *provider_material_params(const provider_material *material)
{
    return material->params;
}

const cihsm_signer *provider_material_signer(const provider_material *material)
{
    return &material->signer;
}

unsigned long provider_material_lookups(const provider_material *material)
{
    const cihsm_signer *signer = &material->signer;
    return 1 + (signer->lookups == NULL ? 0 : signer->lookups(signer->context));
}

unsigned long provider_material_proven(const provider_material *material)
{
    return atomic_load_explicit(&material->proven, memory_order_relaxed);
}

void provider_material_set_proven(provider_material *material, unsigned long lookup)
{
    atomic_store_explicit(&material->proven, lookup, memory_order_relaxed);
}

void provider_material_count_signature(provider_material *material)
{
    atomic_fetch_add_explicit(&material->signatures, 1, memory_order_relaxed);
}

unsigned long provider_material_signatures(const provider_material *material)
{
    return atomic_load_explicit(&material->signatures, memory_order_relaxed);
}

void provider_material_set_error(provider_material *material, const cihsm_error *error)
{
    pthread_mutex_lock(&material->lock);
    material->error = *error;
    pthread_mutex_unlock(&material->lock);
}

void provider_material_forget_error(provider_material *material)
{
    provider_material_set_error(material, &(const cihsm_error){0});
}

bool provider_material_get_error(provider_material *material, cihsm_error *out)
{
    pthread_mutex_lock(&material->lock);
    *out = material->error;
    pthread_mutex_unlock(&material->lock);
    return out->status != CIHSM_OK;
}
