/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/recovery - what is done between a failure and the next attempt: of a lease, and of a
 * signature, which alone is repeated.
 *
 * One pass a lease, or signature, within its deadline: new session, login and key; then the module
 * anew. What a code asks for stands in the table of code.c.
 */
#ifndef PKCS11_RECOVERY_H
#define PKCS11_RECOVERY_H

#include <stdbool.h>

#include "pkcs11/lease.h"

/** The next lease of the token does what helps against the failure of a call. That something is
 *  not on the token is an answer, not a failure. */
void pkcs11_recovery_note(const pkcs11_lease *lease, const cihsm_error *failure);

/** Before a lease is taken: initialises the module anew if that is what was noted last. */
void pkcs11_recovery_begin(pkcs11_lease *lease);

/**
 * Does the next thing that may help.
 *
 * @param lease    of the attempt that failed; it is back, or was not to be had
 * @param failure  why
 * @return true: try again; false: that is all, @p failure stands
 */
CIHSM_NODISCARD bool pkcs11_recover(pkcs11_lease *lease, const cihsm_error *failure);

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
