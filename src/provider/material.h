/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/material - what one key is made of: signer, public half, last error.
 * Counted references: provider_key, every EVP_PKEY and every running signature hold one. Immutable
 * but for the error and the counter, so that threads share it.
 */
#ifndef PROVIDER_MATERIAL_H
#define PROVIDER_MATERIAL_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>
#include <openssl/params.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/scope.h"
#include "cihsm/signer.h"

typedef struct provider_material provider_material;

/** Takes the signer over in every case; copies the public half of @p public_key. */
CIHSM_NODISCARD cihsm_status provider_material_new(cihsm_signer signer, EVP_PKEY *public_key,
                                                   provider_material **out, cihsm_error *err);
provider_material *provider_material_share(provider_material *material);
/** Sets *material to NULL; NULL is fine. The last reference releases the signer. */
void provider_material_release(provider_material **material);

bool provider_material_is_rsa(const provider_material *material);
/** Bits of the modulus, or of the order of the curve. */
size_t provider_material_bits(const provider_material *material);
/** Largest signature in bytes as OpenSSL sees it (ECDSA: DER). */
size_t provider_material_signature_max(const provider_material *material);
/** Public half in the default library context; borrowed. */
EVP_PKEY *provider_material_public(const provider_material *material);
/** The same as parameters; borrowed. */
const OSSL_PARAM *provider_material_params(const provider_material *material);
const cihsm_signer *provider_material_signer(const provider_material *material);

/** How often the signer's key was looked up, 1 or more: each may have found another key. */
unsigned long provider_material_lookups(const provider_material *material);
/** The one whose key made a signature that was verified with the public half; 0: none yet. */
unsigned long provider_material_proven(const provider_material *material);
void provider_material_set_proven(provider_material *material, unsigned long lookup);

void provider_material_count_signature(provider_material *material);
unsigned long provider_material_signatures(const provider_material *material);

void provider_material_set_error(provider_material *material, const cihsm_error *error);
void provider_material_forget_error(provider_material *material);
/** @return false: there is none */
bool provider_material_get_error(provider_material *material, cihsm_error *out);

#endif
