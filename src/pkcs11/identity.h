/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/identity - what a token says it is.
 */
#ifndef PKCS11_IDENTITY_H
#define PKCS11_IDENTITY_H

#include "cihsm/token.h"

/** As read when the token was opened; blanks at the end are gone, other bytes are the token's. */
typedef struct pkcs11_identity {
    char label[33], serial[17], manufacturer[33], model[17];
    char hardware[8], firmware[8]; /**< versions, "2.6" */
} pkcs11_identity;

void pkcs11_identity_read(const cihsm_token *token, pkcs11_identity *out);

#endif
