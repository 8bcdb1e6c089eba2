/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key_object - the inside of a pkcs11_key, and private key objects before they are one.
 */
#ifndef PKCS11_KEY_OBJECT_H
#define PKCS11_KEY_OBJECT_H

#include <stdatomic.h>

#include "pkcs11/key.h"
#include "pkcs11/token.h"

struct pkcs11_key {
    cihsm_token *token; /* borrowed */
    CK_OBJECT_HANDLE handle;
    char *uri;
    atomic_bool wants_login; /* CKA_ALWAYS_AUTHENTICATE, learned at the first signature */
};

/** Attributes that select private keys; borrows the URI's values. */
typedef struct key_template {
    CK_ATTRIBUTE attributes[4];
    CK_ULONG count;
    const CK_ATTRIBUTE *id;    /* NULL: not selected by it */
    const CK_ATTRIBUTE *label; /* NULL: not selected by it */
} key_template;

/** True if the URI says which key. */
bool key_uri_selects(P11KitUri *uri);

/**
 * @retval CIHSM_E_USAGE  the URI's type is not private
 * @retval CIHSM_E_TOKEN  it names another token
 */
CIHSM_NODISCARD cihsm_status key_template_make(const cihsm_token *token, P11KitUri *uri,
                                               key_template *out, cihsm_error *err);

#endif
