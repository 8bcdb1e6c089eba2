/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key_list - more about the entries of a cihsm_key_list than the public header tells.
 */
#ifndef PKCS11_KEY_LIST_H
#define PKCS11_KEY_LIST_H

#include <openssl/evp.h>

#include "cihsm/key.h"

/** The yes-or-no attributes of a key by their names in the standard. @return false beyond the last
 */
bool pkcs11_key_attribute(const cihsm_key_info *info, size_t at, const char **name,
                          cihsm_tristate *state);

/**
 * The public half of entry @p at as the token itself tells it: from a public key object or the
 * private key's attributes. No certificate is looked at and nothing is signed.
 *
 * @param out  NULL if the token does not tell
 */
CIHSM_NODISCARD cihsm_status pkcs11_key_list_public(cihsm_token *token, const cihsm_key_list *list,
                                                    size_t at, EVP_PKEY **out, cihsm_error *err);

#endif
