/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/revive - brings a token back that was lost: slot, sessions, login. Keys find themselves
 * again when the epoch of their token is another one.
 */
#ifndef PKCS11_REVIVE_H
#define PKCS11_REVIVE_H

#include "pkcs11/lease.h"

/**
 * Does nothing if all is well with the lease's token, as far as anybody knows. Else one thread
 * looks for the slot (if the module was initialised anew), opens a new session, logs in if the
 * login was lost, and the others wait. Called within the module; fills epoch, generation and what
 * follows of the lease.
 */
CIHSM_NODISCARD cihsm_status pkcs11_revive(pkcs11_lease *lease, cihsm_error *err);

/** False: the token was lost since @p lease was revived, or brought back by another one. */
bool pkcs11_revive_is_done(const pkcs11_lease *lease);

/** The next lease of the token brings it back, unless that was done since @p lease was taken. */
void pkcs11_revive_later(const pkcs11_lease *lease);

#endif
