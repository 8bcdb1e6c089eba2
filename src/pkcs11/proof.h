/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/proof - possession: a random block signed by a key, to be verified with any number of
 * public keys. Shows which certificate fits a key whose public half the token does not tell.
 */
#ifndef PKCS11_PROOF_H
#define PKCS11_PROOF_H

#include <stdbool.h>

#include "pkcs11/key.h"

typedef struct pkcs11_proof {
    cihsm_scheme scheme;
    uint8_t hash[32];
    uint8_t sig[CIHSM_SIGNATURE_MAX];
    size_t sig_len;
} pkcs11_proof;

/** Signs once (RSA keys that do not sign with PKCS#1 v1.5: with PSS); may ask for a PIN. */
CIHSM_NODISCARD cihsm_status pkcs11_proof_make(pkcs11_key *key, pkcs11_proof *out,
                                               cihsm_error *err);

/** True if the private key that signed belongs to this public one. */
bool pkcs11_proof_fits(const pkcs11_proof *proof, EVP_PKEY *public_key);

#endif
