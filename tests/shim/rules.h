/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/rules - what the shim does differently from the real module.
 *
 * One rule a line, '#' at its start makes it a comment:
 *
 *     FUNCTION [#N|*] [mechanism CKM_NAME | attribute CKA_NAME | ro | rw] -> ACTION
 *
 *     C_Sign #3 -> CKR_DEVICE_REMOVED                 the third call fails; '*' or nothing: each
 *     C_Login -> delay 2000                           milliseconds, then goes on
 *     * -> delay 1                                    each function
 *     C_GetTokenInfo -> flags +USER_PIN_FINAL_TRY,-LOGIN_REQUIRED
 *     C_SignInit mechanism CKM_RSA_X_509 -> CKR_MECHANISM_INVALID
 *     C_Login -> lock-after 3                         three refused PINs lock the token
 *     C_Login -> pin 12345678                         typed at the reader: for logins without a PIN
 *     C_OpenSession ro -> CKR_FUNCTION_FAILED         read-only sessions only; rw: the others
 *     C_GenerateKeyPair attribute CKA_COPYABLE -> CKR_TEMPLATE_INCONSISTENT
 *     C_GetAttributeValue attribute CKA_LOCAL -> CKR_ATTRIBUTE_TYPE_INVALID
 *     C_Login -> after CKR_DEVICE_ERROR               does it, and then says that it failed: each
 *                                                     function; a session opened so is not told
 *     C_OpenSession -> limit 2                        CKR_SESSION_COUNT while so many are open
 *     C_FindObjects -> short 1                        gives so many at a time
 *     C_Sign -> short 3                               a signature without its last bytes
 *     C_GetSlotList #1 -> needs 70                    CKR_BUFFER_TOO_SMALL if there is room for
 *                                                     less
 *     C_GetAttributeValue -> raw-points               CKA_EC_POINT without its OCTET STRING
 *     C_Sign -> junk                                  leaves two entries in OpenSSL's error queue
 */
#ifndef SHIM_RULES_H
#define SHIM_RULES_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "shim/functions.h"

enum { SHIM_RULES_MAX = 256 };

typedef enum shim_action {
    SHIM_RETURN,
    SHIM_DELAY,
    SHIM_FLAGS,
    SHIM_LOCK_AFTER,
    SHIM_PIN,
    SHIM_AFTER,
    SHIM_LIMIT,
    SHIM_SHORT,
    SHIM_NEEDS,
    SHIM_RAW_POINTS,
    SHIM_JUNK
} shim_action;

/* Which sessions a rule for C_OpenSession is about. */
typedef enum shim_mode { SHIM_ANY_MODE, SHIM_READ_ONLY, SHIM_READ_WRITE } shim_mode;

enum { SHIM_PIN_MAX = 64 };

typedef struct shim_rule {
    shim_function function;
    bool each_function;
    unsigned long nth; /* 0: each call */
    bool has_mechanism;
    CK_MECHANISM_TYPE mechanism;
    bool has_attribute;
    CK_ATTRIBUTE_TYPE attribute;
    shim_mode mode;
    char pin[SHIM_PIN_MAX];
    shim_action action;
    unsigned long value; /* code, milliseconds or number of what the action counts */
    CK_FLAGS set, clear;
} shim_rule;

typedef struct shim_rules {
    shim_rule list[SHIM_RULES_MAX];
    unsigned count;
} shim_rules;

/** Reads a rule file. On failure writes what is wrong to stderr and returns false. */
bool shim_rules_read(const char *path, shim_rules *out);

/** What a call is about, as far as rules ask for it. Start with {0}. */
typedef struct shim_call {
    shim_function function;
    unsigned long nth;
    const CK_MECHANISM *mechanism;     /**< NULL where the function has none */
    const CK_ATTRIBUTE *attributes[2]; /**< templates; NULL where there are none */
    CK_ULONG attribute_counts[2];
    shim_mode mode;
} shim_call;

/** True if the rule is about this call. */
bool shim_rule_applies(const shim_rule *rule, const shim_call *call);

#endif
