/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/certificate_match - which certificate of a file was issued for which key on a token.
 */
#ifndef CLIENT_CERTIFICATE_MATCH_H
#define CLIENT_CERTIFICATE_MATCH_H

#include "cihsm/key.h"
#include "identity/bundle.h"

/** Start with {0}; free with certificate_match_free. */
typedef struct certificate_match {
    X509 *leaf; /**< borrowed from the bundle */
    cihsm_key_list *keys;
    const cihsm_key_info *key; /**< borrowed from keys */
} certificate_match;

/**
 * Compares public keys; where the token tells none, lets the key sign a random block and verifies
 * it with the certificate.
 *
 * @param key_uri  NULL: any key on the token
 * @param path     of the file, for messages
 * @retval CIHSM_E_CONFIG  no certificate fits, or several fit one key
 * @retval CIHSM_E_TOKEN   no such key, or several keys fit
 */
CIHSM_NODISCARD cihsm_status certificate_match_find(cihsm_token *token, const char *key_uri,
                                                    const identity_bundle *bundle, const char *path,
                                                    certificate_match *out, cihsm_error *err);

void certificate_match_free(certificate_match *of);

#endif
