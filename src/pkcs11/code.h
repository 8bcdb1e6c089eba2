/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/code - what a CK_RV is called, means for the caller, and asks of the person and of us.
 */
#ifndef PKCS11_CODE_H
#define PKCS11_CODE_H

#include <p11-kit/pkcs11.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Room for the name of a code without one. */
typedef struct pkcs11_code_text {
    char text[24];
} pkcs11_code_text;

/** @return "CKR_PIN_INCORRECT", words for an answer that no module gave (pkcs11/call.h), or
 * "0x80000001" written to @p room. */
const char *pkcs11_code_name(CK_RV rv, pkcs11_code_text *room);

/** @return the status of a failure; CIHSM_E_TOKEN for unknown codes. */
cihsm_status pkcs11_code_status(CK_RV rv);

/** What may bring a token back after a failure; each step once. Source: measured on six kinds of
 *  tokens, docs/adr/0013. */
typedef enum pkcs11_remedy {
    PKCS11_REMEDY_NONE,    /**< nothing helps, or a second try may do harm */
    PKCS11_REMEDY_SESSION, /**< new session; login if it was lost; the key is found again */
    PKCS11_REMEDY_TOKEN,   /**< the same, and then the module initialised anew */
    PKCS11_REMEDY_PAUSE,   /**< TOKEN after a short while: a busy HSM answers so, too */
    PKCS11_REMEDY_MODULE,  /**< the module initialised anew */
    PKCS11_REMEDY_LATER    /**< nothing now; the next lease begins with a new session */
} pkcs11_remedy;

/** @return PKCS11_REMEDY_PAUSE for unknown codes. */
pkcs11_remedy pkcs11_code_remedy(CK_RV rv);

/** Records "TEXT: CKR_NAME; what to do next" with the status of the code. */
CIHSM_PRINTF(3, 4)
cihsm_status pkcs11_fail(cihsm_error *err, CK_RV rv, const char *format, ...);

#endif
