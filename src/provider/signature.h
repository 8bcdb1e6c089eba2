/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/signature - the SIGNATURE operations of the provider.
 */
#ifndef PROVIDER_SIGNATURE_H
#define PROVIDER_SIGNATURE_H

#include <openssl/core.h>
#include <openssl/evp.h>

#include "cihsm/signer.h"
#include "provider/digest.h"
#include "provider/material.h"

extern const OSSL_DISPATCH provider_rsa_signature[];
extern const OSSL_DISPATCH provider_ecdsa_signature[];

/** One operation; used by one thread. */
typedef struct signature_ctx {
    provider_material *material;   /**< a reference; NULL until an init */
    const provider_digest *digest; /**< NULL until known */
    const provider_digest *mgf1;   /**< NULL: the same as digest */
    EVP_MD_CTX *hash;              /**< running; NULL without digest_*_init */
    int padding;                   /**< RSA_PKCS1_PADDING or RSA_PKCS1_PSS_PADDING */
    int salt_len;                  /**< bytes or RSA_PSS_SALTLEN_* */
} signature_ctx;

/** How the settings of @p ctx sign. */
cihsm_scheme signature_scheme(const signature_ctx *ctx);

/**
 * Bytes of salt a signature will have. Without a setting and for "auto" it is the length of the
 * digest, as TLS has it, where OpenSSL's own provider takes the maximum: tokens in FIPS mode
 * refuse more.
 *
 * @return false with an error raised: more than the modulus has room for
 */
bool signature_salt(const signature_ctx *ctx, size_t *salt_len);

/* Parameters: signature_params.c */
int signature_set_params(void *ctx, const OSSL_PARAM params[]);
int signature_get_params(void *ctx, OSSL_PARAM params[]);
const OSSL_PARAM *signature_rsa_settable(void *ctx, void *provctx);
const OSSL_PARAM *signature_rsa_gettable(void *ctx, void *provctx);
const OSSL_PARAM *signature_ecdsa_settable(void *ctx, void *provctx);
const OSSL_PARAM *signature_ecdsa_gettable(void *ctx, void *provctx);

#endif
