/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/clones - one key pair on one or several tokens (HA clones): the first usable one signs.
 *
 * When a token fails (CIHSM_E_TOKEN, never a PIN), the next key is tried, at the start and at each
 * signature, in one round over the keys that begins with the one in use. If none works the
 * signature fails, and the next one begins its own round: tokens come back. Owns the token in use
 * and its copies of the configuration. The signer may be used by several threads.
 */
#ifndef CLIENT_CLONES_H
#define CLIENT_CLONES_H

#include <openssl/evp.h>

#include "cihsm/client.h"
#include "client/signing.h"

typedef struct clones clones;

/**
 * Opens the token of the first key that can be used.
 *
 * @retval CIHSM_E_TOKEN  none can; with several keys the message says why each
 */
CIHSM_NODISCARD cihsm_status clones_open(const cihsm_client_config *config, clones **out,
                                         cihsm_error *err);

/** The token in use now; borrowed until the first signature. */
cihsm_token *clones_token(clones *of);

/**
 * A signer over the key in use.
 *
 * @param public_key  of the certificate; a clone that takes over must fit it
 * @param record      its key_uri is not looked at: the key that signed is recorded
 * @param out         uses @p of, which must outlive it; has nothing to be released
 */
CIHSM_NODISCARD cihsm_status clones_signer(clones *of, EVP_PKEY *public_key,
                                           const signing_record *record, cihsm_signer *out,
                                           cihsm_error *err);

/** Releases key, then token; sets *of to NULL. NULL is fine. */
void clones_free(clones **of);

#endif
