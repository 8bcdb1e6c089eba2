/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/login - asks for PINs and offers them to the token, without ever wasting a try.
 *
 * Remembers for the life of the process which PIN a token refused (a digest under a random key, in
 * memory only) and never offers it again.
 */
#ifndef PKCS11_LOGIN_H
#define PKCS11_LOGIN_H

#include <stdbool.h>

#include "cihsm/pin.h"
#include "cihsm/token.h"
#include "pkcs11/call.h"
#include "pkcs11/slot.h"

/** Which PIN of which token, and how to come by it. All borrowed. */
typedef struct pkcs11_login_plan {
    const pkcs11_link *link;
    const pkcs11_slot *slot; /**< flags as just read from the token */
    cihsm_pin_kind kind;
    bool is_change;                   /**< the PIN is to be changed: one that must be is welcome */
    cihsm_pin_fn pin;                 /**< may be NULL */
    cihsm_pin_offer_fn pin_offer;     /**< may be NULL */
    cihsm_pin_verdict_fn pin_verdict; /**< may be NULL */
    void *pin_user;
    bool pinpad;
    bool allow_final_try;
    bool was_taken; /**< the token took this PIN before in this process */
} pkcs11_login_plan;

/** The user's login to a slot as a configuration wants it. */
pkcs11_login_plan pkcs11_login_plan_of(const pkcs11_link *link, const pkcs11_slot *slot,
                                       const cihsm_token_config *config);

/** A PIN asked for, or none because it is typed at the token. */
typedef struct pkcs11_pin {
    bool at_token;
    bool was_taken;       /**< by C_Login: "already logged in" says nothing about the PIN */
    cihsm_secret *secret; /**< NULL if at_token */
} pkcs11_pin;

void pkcs11_pin_free(pkcs11_pin *pin);

/** False: the token's keys can be used without logging in. */
bool pkcs11_login_is_needed(const pkcs11_login_plan *plan);

/** Looks at the flags of the token. @retval CIHSM_E_PIN  one more try may do harm */
CIHSM_NODISCARD cihsm_status pkcs11_login_check(const pkcs11_login_plan *plan, cihsm_error *err);

/** True if the PIN is typed at the token. */
bool pkcs11_login_is_at_token(const pkcs11_login_plan *plan);

/** Looks at the flags of the token, then asks for the PIN once. */
CIHSM_NODISCARD cihsm_status pkcs11_login_ask(const pkcs11_login_plan *plan, pkcs11_pin *out,
                                              cihsm_error *err);

/**
 * Makes the call that shows a PIN to the token. @p pin is NULL if it is typed at the token, else
 * @p len bytes and a NUL.
 */
typedef CK_RV (*pkcs11_offer_fn)(void *context, const char *pin, size_t len);

/**
 * Offers the PIN once, unless the token refused it before.
 *
 * @param what  of the token is done with it, for the message: "cannot WHAT token ..."
 */
CIHSM_NODISCARD cihsm_status pkcs11_login_offer(const pkcs11_login_plan *plan,
                                                const pkcs11_pin *pin, const char *what,
                                                pkcs11_offer_fn offer, void *context,
                                                cihsm_error *err);

/** One C_Login with that PIN, unless the token refused it before; notes in @p pin that it was
 * taken. Being logged in already passes. */
CIHSM_NODISCARD cihsm_status pkcs11_login_try(const pkcs11_login_plan *plan,
                                              CK_SESSION_HANDLE session, CK_USER_TYPE user,
                                              pkcs11_pin *pin, cihsm_error *err);

/** Whether a session says that the user is logged in. */
CIHSM_NODISCARD CK_RV pkcs11_login_state(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                         bool *is_logged_in);

/** Tells the caller's pin_verdict that the token took a PIN which was set rather than checked. */
void pkcs11_login_tell_taken(const pkcs11_login_plan *plan);

#endif
