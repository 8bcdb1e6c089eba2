/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/pair - a key pair as it is asked for: checked, with its templates, generated once.
 */
#ifndef PKCS11_PAIR_H
#define PKCS11_PAIR_H

#include <stdint.h>

#include "cihsm/key.h"
#include "pkcs11/curve.h"
#include "pkcs11/strict.h"
#include "pkcs11/token.h"

/** A checked specification in the form that the token wants. */
typedef struct pair_plan {
    cihsm_key_type type;
    CK_ULONG bits;
    const pkcs11_curve *curve; /**< NULL: RSA */
    CK_UTF8CHAR label[CIHSM_KEY_LABEL_MAX];
    CK_ULONG label_len;
    uint8_t id[CIHSM_KEY_ID_MAX];
    CK_ULONG id_len;
    unsigned strict; /**< set of attributes of strict.h */
} pair_plan;

/** @retval CIHSM_E_USAGE  a type, size, label or id that no key should have */
CIHSM_NODISCARD cihsm_status pair_plan_make(const cihsm_key_spec *spec, pair_plan *out,
                                            cihsm_error *err);

/** The handles of a pair. */
typedef struct pair_made {
    CK_OBJECT_HANDLE public_key, private_key;
} pair_made;

/** One C_GenerateKeyPair. @p keep false: session objects, gone with the session. */
CK_RV pair_generate(const cihsm_token *token, CK_SESSION_HANDLE session, pair_plan *plan, bool keep,
                    pair_made *out);

#endif
