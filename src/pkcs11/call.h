/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/call - the one way into a PKCS#11 module.
 *
 * Every call, C_GetFunctionList included, goes through pkcs11_call: it keeps what the module leaves
 * in the thread's OpenSSL error queue away from the caller, counts, and writes the trace line. Code
 * outside functions.c and module.c uses the typed wrappers of functions.h.
 */
#ifndef PKCS11_CALL_H
#define PKCS11_CALL_H

#include <p11-kit/pkcs11.h>

#include "cihsm/log.h"

#define PKCS11_FUNCTIONS(X) \
    X(C_GetFunctionList)    \
    X(C_Initialize)         \
    X(C_Finalize)           \
    X(C_GetSlotList)        \
    X(C_GetTokenInfo)       \
    X(C_GetMechanismList)   \
    X(C_GetMechanismInfo)   \
    X(C_CreateObject)       \
    X(C_OpenSession)        \
    X(C_CloseSession)       \
    X(C_GetSessionInfo)     \
    X(C_Login)              \
    X(C_FindObjectsInit)    \
    X(C_FindObjects)        \
    X(C_FindObjectsFinal)   \
    X(C_GetAttributeValue)  \
    X(C_SignInit)           \
    X(C_Sign)               \
    X(C_GenerateKeyPair)    \
    X(C_DestroyObject)

#define PKCS11_ENUMERATOR(name) PKCS11_##name,
typedef enum pkcs11_function {
    PKCS11_FUNCTIONS(PKCS11_ENUMERATOR) PKCS11_FUNCTION_COUNT
} pkcs11_function;
#undef PKCS11_ENUMERATOR

typedef struct pkcs11_module pkcs11_module;

/** A token's way into the module: the module is shared, the log is the token's own. */
typedef struct pkcs11_link {
    pkcs11_module *module; /**< borrowed or owned, as its holder says */
    const cihsm_log *log;  /**< borrowed; may be NULL */
    long timeout_ms;       /**< for a call; 0: as long as it takes */
} pkcs11_link;

/** Makes the call with its arguments; does nothing else. */
typedef CK_RV (*pkcs11_run)(CK_FUNCTION_LIST *functions, void *args);

CK_RV pkcs11_call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run, void *args);

#endif
