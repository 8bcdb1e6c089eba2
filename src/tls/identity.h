/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/identity - who we are for a server: leaf, intermediates, private key.
 * Owns a reference to each of them; immutable, so several clients may share it.
 */
#ifndef TLS_IDENTITY_H
#define TLS_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/scope.h"

typedef struct tls_identity tls_identity;

/**
 * @param leaf           borrowed (up-ref'd)
 * @param intermediates  borrowed (up-ref'd), sent after the leaf in this order; may be NULL
 * @param key            borrowed (up-ref'd): on a token or in memory
 *
 * @retval CIHSM_E_CONFIG  leaf and key do not belong together
 */
CIHSM_NODISCARD cihsm_status tls_identity_new(X509 *leaf, STACK_OF(X509) * intermediates,
                                              EVP_PKEY *key, tls_identity **out, cihsm_error *err);

/** Borrowed; never NULL, except that there may be no intermediates. */
X509 *tls_identity_leaf(const tls_identity *identity);
STACK_OF(X509) * tls_identity_intermediates(const tls_identity *identity);
EVP_PKEY *tls_identity_key(const tls_identity *identity);

/** Drops the references, sets *identity to NULL. NULL is fine. */
void tls_identity_free(tls_identity **identity);

#endif
