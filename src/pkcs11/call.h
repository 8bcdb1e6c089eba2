/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/call - the one way into a PKCS#11 module.
 *
 * Every call, C_GetFunctionList included, goes through pkcs11_call: it is made in a thread where it
 * can be left when its time is over (pkcs11/worker), never in a process forked from the one that
 * initialised the module, counted, and traced. What the module leaves in OpenSSL's error queue does
 * not reach the caller. Code outside functions*.c and module.c uses the wrappers of functions.h, or
 * of token/libp11, whose calls make several of the module's (named libp11_* here).
 */
#ifndef PKCS11_CALL_H
#define PKCS11_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "cihsm/log.h"
#include "pkcs11/worker.h"

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
    X(C_DestroyObject)      \
    X(C_InitToken)          \
    X(C_InitPIN)            \
    X(C_SetPIN)             \
    X(libp11_open)          \
    X(libp11_end_sessions)  \
    X(libp11_close)

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
    long timeout_ms;       /**< for a call; 0: as long as it takes, in the caller's own thread */
    bool is_patient;       /**< a person has to do something at the token: much longer */
} pkcs11_link;

/* Answers that no module gave; the table of code.c knows them. */
#define PKCS11_R_FIRST ((CK_RV)-4)
#define PKCS11_R_NO_MEMORY ((CK_RV)-4) /**< not called: no memory or thread for it */
#define PKCS11_R_NO_ANSWER ((CK_RV)-3) /**< not in time: the call goes on without us */
#define PKCS11_R_STUCK ((CK_RV)-2)     /**< not called: such a call has not returned yet */
#define PKCS11_R_FORKED ((CK_RV)-1)    /**< not called: another process initialised the module */

/** @param args, size  as in pkcs11_job */
CK_RV pkcs11_call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run, void *args,
                  size_t size);

#endif
