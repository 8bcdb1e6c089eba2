/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/token - the inside of a cihsm_token for the other files of this module.
 */
#ifndef PKCS11_TOKEN_H
#define PKCS11_TOKEN_H

#include <pthread.h>
#include <stdatomic.h>

#include "cihsm/token.h"
#include "pkcs11/call.h"
#include "pkcs11/gate.h"
#include "pkcs11/login.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/uri.h"

struct cihsm_token {
    pkcs11_link link; /* holds a share of the module */
    pkcs11_slot slot; /* as it was at the start; its number now is that of the pool */
    P11KitUri *asked; /* as configured; its id and object select the key if no key URI is given */
    char *uri;        /* canonical */
    pkcs11_pool *pool;
    cihsm_pin_fn pin;
    cihsm_pin_offer_fn pin_offer;
    cihsm_pin_verdict_fn pin_verdict;
    void *pin_user;
    bool pinpad;
    bool allow_final_try;
    pthread_mutex_t context_lock; /* one login for a single signature at a time */
    pkcs11_gate one_revives;
    pkcs11_pin held;         /* of the login; used again only when that was lost */
    atomic_ulong epoch;      /* of sessions and objects: another one after each revival */
    atomic_ulong generation; /* of the module, for which slot and sessions are good */
    atomic_bool is_lost;     /* the next lease brings the token back */
    atomic_ulong spent;      /* generation of the module that does not do any more */
};

/** How to log in to this token; borrowed from it. */
pkcs11_login_plan pkcs11_token_plan(const cihsm_token *token);

/**
 * For who found nothing on the token: to a session that is not logged in any more it shows nothing
 * private, and says so by no failure.
 *
 * @retval CIHSM_E_TOKEN  the login was lost (CKR_USER_NOT_LOGGED_IN), or the session
 */
CIHSM_NODISCARD cihsm_status pkcs11_token_check_login(const cihsm_token *token,
                                                      CK_SESSION_HANDLE session, cihsm_error *err);

#endif
