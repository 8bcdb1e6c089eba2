/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/provider_key.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/foreign.h"
#include "provider/context.h"
#include "provider/keymgmt.h"
#include "provider/material.h"

struct provider_key {
    provider_material *material;
    EVP_PKEY *pkey;
};

/* libcrypto has no public call to load a key by reference: one pointer parameter does it. */
static cihsm_status make_pkey(provider_material *material, EVP_PKEY **out, cihsm_error *err)
{
    OSSL_LIB_CTX *context = NULL;
    CIHSM_TRY(provider_context_get(&context, err));
    void *pointer = &material;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_ptr(PROVIDER_PARAM_MATERIAL, &pointer, sizeof material),
        OSSL_PARAM_construct_end()};
    const char *type = provider_material_is_rsa(material) ? "RSA" : "EC";
    CIHSM_AUTO(pkey_ctx_cleanup)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(context, type, PROVIDER_CONTEXT_PROPERTIES);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, out, EVP_PKEY_KEYPAIR, params) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot make an OpenSSL key");
    }
    return CIHSM_OK;
}

cihsm_status provider_key_new(cihsm_signer signer, EVP_PKEY *public_key, provider_key **out,
                              cihsm_error *err)
{
    CIHSM_AUTO(provider_material_release) provider_material *material = NULL;
    CIHSM_TRY(provider_material_new(signer, public_key, &material, err));
    CIHSM_AUTO(provider_key_free) provider_key *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(make_pkey(material, &made->pkey, err));
    made->material = CIHSM_MOVE(material);
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

EVP_PKEY *provider_key_pkey(const provider_key *key)
{
    return key->pkey;
}

bool provider_key_last_error(const provider_key *key, cihsm_error *out)
{
    return provider_material_get_error(key->material, out);
}

void provider_key_forget_error(provider_key *key)
{
    provider_material_forget_error(key->material);
}

unsigned long provider_key_signature_count(const provider_key *key)
{
    return provider_material_signatures(key->material);
}

void provider_key_free(provider_key **key)
{
    if (key == NULL || *key == NULL) {
        return;
    }
    EVP_PKEY_free((*key)->pkey);
    provider_material_release(&(*key)->material);
    free(*key);
    *key = NULL;
}
