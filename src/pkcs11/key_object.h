/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/key_object - the inside of a pkcs11_key, and private key objects before they are one.
 */
#ifndef PKCS11_KEY_OBJECT_H
#define PKCS11_KEY_OBJECT_H

#include <stdatomic.h>

#include "cihsm/key.h"
#include "pkcs11/key.h"
#include "pkcs11/lease.h"
#include "pkcs11/token.h"

struct pkcs11_key {
    cihsm_token *token; /* borrowed */
    char *uri;
    atomic_ulong handle; /* CK_OBJECT_HANDLE */
    atomic_ulong epoch;  /* of the token when the handle was found */
    atomic_ulong lookups;
    atomic_bool has_signed;
    atomic_bool wants_login; /* CKA_ALWAYS_AUTHENTICATE, learned by a signature and unlearned */
};

/**
 * The handle of the key in a session: found again if the token was lost meanwhile.
 *
 * @retval CIHSM_E_TOKEN  the key is not on the token any more
 */
CIHSM_NODISCARD cihsm_status pkcs11_key_handle(pkcs11_key *key, const pkcs11_lease *lease,
                                               CK_OBJECT_HANDLE *out, cihsm_error *err);

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

/**
 * The public half of a private key object as the token tells it: from the public key object of the
 * same id or the private object's own attributes; *out stays NULL if it does not tell.
 *
 * @retval CIHSM_E_TOKEN  the key is neither RSA nor on a known curve, or the token failed
 */
CIHSM_NODISCARD cihsm_status key_public_told(const cihsm_token *token, CK_SESSION_HANDLE session,
                                             CK_OBJECT_HANDLE object, EVP_PKEY **out,
                                             cihsm_error *err);

/** "several keys match", "no such key": with what is on the token. */
cihsm_status key_fail_several(const cihsm_token *token, CK_SESSION_HANDLE session,
                              const CK_OBJECT_HANDLE *objects, CK_ULONG count, cihsm_error *err);
cihsm_status key_fail_none(const cihsm_token *token, CK_SESSION_HANDLE session,
                           const key_template *asked, cihsm_error *err);

/** Reads what the token tells about these objects; what it does not tell stays unknown. */
CIHSM_NODISCARD cihsm_status key_list_read(const pkcs11_lease *lease,
                                           const CK_OBJECT_HANDLE *objects, size_t count,
                                           cihsm_key_list **out, cihsm_error *err);

#endif
