/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/provider_key - an EVP_PKEY whose signatures are made by a signer.
 * Owns the signer, a copy of the public half and the EVP_PKEY. The provider behind it lives in an
 * OSSL_LIB_CTX of this library; the application's own context is only asked for digests and public
 * key operations.
 */
#ifndef PROVIDER_PROVIDER_KEY_H
#define PROVIDER_PROVIDER_KEY_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/scope.h"
#include "cihsm/signer.h"

typedef struct provider_key provider_key;

/**
 * @param signer      taken over in every case: its release is called on failure too
 * @param public_key  RSA, P-256, P-384 or P-521, usually of the certificate; borrowed; only its
 *                    public half is copied
 *
 * @retval CIHSM_E_CONFIG  a key of another kind
 *
 * The first signature is verified with @p public_key before it is given out: it fails with
 * CIHSM_E_CONFIG if key and certificate are no pair.
 */
CIHSM_NODISCARD cihsm_status provider_key_new(cihsm_signer signer, EVP_PKEY *public_key,
                                              provider_key **out, cihsm_error *err);

/**
 * Borrowed. Whoever takes a reference (EVP_PKEY_up_ref, an SSL_CTX) may use it beyond
 * provider_key_free; the signer is released with the last of them. May sign in several threads at
 * once, with SHA-256, SHA-384 or SHA-512.
 */
EVP_PKEY *provider_key_pkey(const provider_key *key);

/** Copies the error of the last signature that failed. @return false: none since the last forget */
bool provider_key_last_error(const provider_key *key, cihsm_error *out);
void provider_key_forget_error(provider_key *key);

/** Signatures given out so far. */
unsigned long provider_key_signature_count(const provider_key *key);

/** Gives up the reference, sets *key to NULL. NULL is fine. */
void provider_key_free(provider_key **key);

#endif
