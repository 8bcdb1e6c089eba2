/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key - one private key on a token. Borrows the token, which must outlive it.
 */
#ifndef PKCS11_KEY_H
#define PKCS11_KEY_H

#include <openssl/evp.h>

#include "cihsm/key.h"
#include "cihsm/signer.h"
#include "cihsm/token.h"

typedef struct pkcs11_key pkcs11_key;

/**
 * Finds exactly one private key by the id and object of a URI: three calls whatever is on the
 * token.
 *
 * @param uri  NULL, or without id and object: those of the token's own URI; the only key if that
 *             has none either
 * @retval CIHSM_E_USAGE  malformed URI
 * @retval CIHSM_E_TOKEN  none or several; the message lists them
 */
CIHSM_NODISCARD cihsm_status pkcs11_key_find(cihsm_token *token, const char *uri, pkcs11_key **out,
                                             cihsm_error *err);

/** Tells whether the URI of a key says which token it is on. @retval CIHSM_E_USAGE malformed */
CIHSM_NODISCARD cihsm_status pkcs11_key_names_token(const char *uri, bool *out, cihsm_error *err);

/** @return the canonical URI, of the token and what was asked for, borrowed. */
const char *pkcs11_key_uri(const pkcs11_key *key);

/** @return the log of its token, borrowed; may be NULL. */
const cihsm_log *pkcs11_key_log(const pkcs11_key *key);

/** What the token tells about the key: a list of one. */
CIHSM_NODISCARD cihsm_status pkcs11_key_describe(pkcs11_key *key, cihsm_key_list **out,
                                                 cihsm_error *err);

/**
 * The public half, in OpenSSL's default context: from the public key object of the same id, the
 * private object's own attributes, or a certificate of the same id. If none of them tells, the key
 * signs a random block, and the public key or certificate on the token that verifies it is taken.
 */
CIHSM_NODISCARD cihsm_status pkcs11_key_public(pkcs11_key *key, EVP_PKEY **out, cihsm_error *err);

/**
 * Signs once: two calls. Thread-safe. A key that wants its PIN for each signature gets it.
 *
 * @param sig  room for CIHSM_SIGNATURE_MAX bytes
 * @retval CIHSM_E_PIN   the key wants its PIN and it was refused
 * @retval CIHSM_E_BUSY  no session became free
 */
CIHSM_NODISCARD cihsm_status pkcs11_key_sign(pkcs11_key *key, const cihsm_sign_request *request,
                                             uint8_t *sig, size_t *sig_len, cihsm_error *err);

/** Takes the key over, sets *key to NULL; the signer's release frees it. */
cihsm_signer pkcs11_key_signer(pkcs11_key **key);

/** Sets *key to NULL. NULL is fine. */
void pkcs11_key_free(pkcs11_key **key);

#endif
