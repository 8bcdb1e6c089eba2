/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/rules - what the shim does differently from the real module.
 *
 * One rule a line, '#' at its start makes it a comment:
 *
 *     FUNCTION [#N|*] [mechanism CKM_NAME] -> ACTION
 *
 *     C_Sign #3 -> CKR_DEVICE_REMOVED                 the third call fails; '*' or nothing: each
 *     C_Login -> delay 2000                           milliseconds, then goes on
 *     C_GetTokenInfo -> flags +USER_PIN_FINAL_TRY,-LOGIN_REQUIRED
 *     C_SignInit mechanism CKM_RSA_X_509 -> CKR_MECHANISM_INVALID
 *     C_Login -> lock-after 3                         three refused PINs lock the token
 */
#ifndef SHIM_RULES_H
#define SHIM_RULES_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "shim/functions.h"

enum { SHIM_RULES_MAX = 256 };

typedef enum shim_action { SHIM_RETURN, SHIM_DELAY, SHIM_FLAGS, SHIM_LOCK_AFTER } shim_action;

typedef struct shim_rule {
    shim_function function;
    unsigned long nth; /* 0: each call */
    bool has_mechanism;
    CK_MECHANISM_TYPE mechanism;
    shim_action action;
    unsigned long value; /* code, milliseconds or number of tries */
    CK_FLAGS set, clear;
} shim_rule;

typedef struct shim_rules {
    shim_rule list[SHIM_RULES_MAX];
    unsigned count;
} shim_rules;

/** Reads a rule file. On failure writes what is wrong to stderr and returns false. */
bool shim_rules_read(const char *path, shim_rules *out);

/** True if the rule is about this call. @p mechanism is NULL where the function has none. */
bool shim_rule_applies(const shim_rule *rule, shim_function function, unsigned long nth,
                       const CK_MECHANISM *mechanism);

#endif
