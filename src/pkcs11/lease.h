/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/lease - a session of a token for one operation.
 *
 * While a thread has one, the module is not initialised anew. A lease of a token that was found
 * lost brings it back first, in one thread for all (docs/adr/0013); that it is lost is what leases
 * tell that are given back with the failure of a call. A thread has one lease at a time.
 */
#ifndef PKCS11_LEASE_H
#define PKCS11_LEASE_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"
#include "pkcs11/call.h"

typedef struct pkcs11_lease {
    cihsm_token *token;
    CK_SESSION_HANDLE session;
    bool is_writable;
    unsigned long epoch;      /**< of the token's sessions and objects; set on failure too */
    unsigned long generation; /**< of the module's initialisation; set on failure too */
    bool was_revived;         /**< this lease brought the token back, or tried to */
    bool is_login_lost;       /**< the failure is one of C_Login: a second try may cost a PIN try */
    bool did_sessions;        /**< how far recovery has come, this and the next two */
    bool did_module;
    bool has_given_up;
    cihsm_error failure; /**< for the work that is done with the session: why it failed */
} pkcs11_lease;

/**
 * A token that is lost gets one pass of recovery (pkcs11/recovery).
 *
 * @retval CIHSM_E_BUSY   no session became free
 * @retval CIHSM_E_PIN    the login was lost and cannot be repeated
 * @retval CIHSM_E_TOKEN  the token is lost
 */
CIHSM_NODISCARD cihsm_status pkcs11_lease_take(cihsm_token *token, pkcs11_lease *out,
                                               cihsm_error *err);

/** The same with a session that may write, which is closed afterwards. */
CIHSM_NODISCARD cihsm_status pkcs11_lease_take_writable(cihsm_token *token, pkcs11_lease *out,
                                                        cihsm_error *err);

/** For work that is repeated: goes on with the pass of a lease that was given back. The first time
 *  only the token of @p lease is set. */
CIHSM_NODISCARD cihsm_status pkcs11_lease_take_again(pkcs11_lease *lease, cihsm_error *err);

/**
 * Gives the session back: one in which a call failed is not used again, and if the failure says so
 * the next lease brings the token back.
 *
 * @param status  of what was done with the session; if it failed, lease->failure says why
 * @param err     gets that failure
 * @return @p status
 */
CIHSM_NODISCARD cihsm_status pkcs11_lease_return(pkcs11_lease *lease, cihsm_status status,
                                                 cihsm_error *err);

#endif
