/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/keymgmt - the KEYMGMT operations of the provider: keys that hold a material.
 */
#ifndef PROVIDER_KEYMGMT_H
#define PROVIDER_KEYMGMT_H

#include <openssl/core.h>

#include "provider/material.h"

/** The one parameter a key can be imported from: octet pointer to a provider_material. */
#define PROVIDER_PARAM_MATERIAL "cihsm-material"

extern const OSSL_DISPATCH provider_rsa_keymgmt[];
extern const OSSL_DISPATCH provider_ec_keymgmt[];

/** Material of a key of this provider; NULL if it has none. Borrowed. */
provider_material *provider_keymgmt_material(const void *keydata);

#endif
