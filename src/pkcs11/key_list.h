/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key_list - describes private key objects by their attributes.
 */
#ifndef PKCS11_KEY_LIST_H
#define PKCS11_KEY_LIST_H

#include "cihsm/key.h"
#include "pkcs11/call.h"

/** Reads what the token tells about these objects; what it does not tell stays unknown. */
CIHSM_NODISCARD cihsm_status key_list_read(const cihsm_token *token, CK_SESSION_HANDLE session,
                                           const CK_OBJECT_HANDLE *objects, size_t count,
                                           cihsm_key_list **out, cihsm_error *err);

#endif
