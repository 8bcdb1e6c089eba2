/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/store - certificates on a token: store, remove; pkcs11/certificate lists them.
 *
 * Works on an open, logged-in cihsm_token (one login for reading and storing) through src/pkcs11,
 * beside signing threads; docs/adr/0008 says why not through libp11. Borrows the token.
 */
#ifndef TOKEN_STORE_H
#define TOKEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"

/**
 * Stores a certificate under an id and a label. The same certificate (all bytes) under the same id
 * is left as it is: no second copy. Nothing is replaced or removed.
 *
 * @param id     CKA_ID: the key's for a leaf, the subject key identifier for an intermediate
 * @param label  UTF-8
 * @param added  out: false if it was there already; after a failure, true if it may be on the token
 *               all the same; may be NULL
 *
 * @retval CIHSM_E_TOKEN  refused, full, write-protected or gone. The message names the certificate
 *                        and says whether it is on the token now: "is not on the token", or "it
 *                        cannot be told whether" when the token does not answer any more. What was
 *                        stored by calls before stays: say so, or remove it
 */
CIHSM_NODISCARD cihsm_status token_store_certificate(cihsm_token *token, X509 *certificate,
                                                     const uint8_t *id, size_t id_len,
                                                     const char *label, bool *added,
                                                     cihsm_error *err);

/**
 * Removes the objects that hold exactly this certificate.
 *
 * @param id       only those with this id; NULL: whatever their id is
 * @param removed  out: how many objects; may be NULL
 * @retval CIHSM_E_NOT_FOUND  there is none
 */
CIHSM_NODISCARD cihsm_status token_remove_certificate(cihsm_token *token, X509 *certificate,
                                                      const uint8_t *id, size_t id_len,
                                                      size_t *removed, cihsm_error *err);

#endif
