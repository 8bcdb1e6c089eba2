/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects put on a token and counted there, as an administrator's own tool would.
 */
#ifndef PKCS11_OBJECTS_H
#define PKCS11_OBJECTS_H

#include "fixture.h"

#include <p11-kit/pkcs11.h>

/** Objects of a class with that id, and that label if it is not NULL. */
unsigned objects_count(cihsm_token *token, CK_OBJECT_CLASS class, CK_BYTE id, const char *label);

/** Removes all of them; returns how many. */
unsigned objects_remove(cihsm_token *token, CK_OBJECT_CLASS class, CK_BYTE id);

/** A pair of keys to be made. */
typedef struct objects_pair {
    CK_BYTE id;
    const char *label;
    bool needs_no_login;      /* no private object: tokens without login hold no others */
    bool always_authenticate; /* wants its PIN for each signature, which SoftHSM can do */
} objects_pair;

/** Generates an EC pair without any of the checks of cihsm_key_generate. */
void objects_generate_pair(cihsm_token *token, const objects_pair *wish);

/** The same, of an ordinary key. */
void objects_generate(cihsm_token *token, CK_BYTE id, const char *label);

/** Stores a certificate for a public key under an id. */
void objects_store_certificate(cihsm_token *token, CK_BYTE id, EVP_PKEY *public_key);

/** Stores a certificate object with any bytes as its value. */
void objects_store_bytes(cihsm_token *token, CK_BYTE id, unsigned char *der, size_t len);

#endif
