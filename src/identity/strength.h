/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/strength - which keys and hashes are too weak for a client certificate: one place for
 * the checks of certificates and of requests.
 */
#ifndef IDENTITY_STRENGTH_H
#define IDENTITY_STRENGTH_H

#include <stdbool.h>

#include <openssl/evp.h>

#define STRENGTH_KEY_ADVICE \
    "use an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521"

/** True for RSA below 2048 bits, EC on other curves than those three, and all other kinds. */
bool strength_weak_key(const EVP_PKEY *key);

/** True for MD2, MD4, MD5 and SHA-1. @param nid  of the digest; NID_undef is not weak */
bool strength_weak_digest(int nid);

#endif
