/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/recovery - what is done between a signature that failed and its repetition.
 *
 * One pass a signature, within its deadline: new session, login and key; then the module anew. What
 * a code asks for stands in the table of code.c.
 */
#ifndef PKCS11_RECOVERY_H
#define PKCS11_RECOVERY_H

#include <stdbool.h>

#include "pkcs11/lease.h"

/** How far the recovery of one signature has come. Start with {0}. */
typedef struct pkcs11_recovery {
    bool did_sessions;
    bool did_module;
} pkcs11_recovery;

/** The next lease of the token does what helps against the failure: for signatures that are not
 *  repeated. */
void pkcs11_recovery_note(const pkcs11_lease *lease, const cihsm_error *failure);

/**
 * Does the next thing that may help.
 *
 * @param lease    of the attempt that failed; it is back
 * @param failure  why
 * @return true: sign again; false: that is all, @p failure stands
 */
CIHSM_NODISCARD bool pkcs11_recover(pkcs11_recovery *of, const pkcs11_lease *lease,
                                    const cihsm_error *failure);

/**
 * The same for a token that cannot be opened, before its PIN was offered: the module initialised
 * anew, if others use it since before, who may have left it in a state of then. A module that was
 * initialised for this token alone is as fresh as can be.
 *
 * @param generation  of the module when the attempt began
 * @return true: try again; false: @p failure stands
 */
CIHSM_NODISCARD bool pkcs11_recover_module(const pkcs11_link *link, unsigned long generation,
                                           const cihsm_error *failure);

#endif
