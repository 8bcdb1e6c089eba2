/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/login - asks for the PIN and logs in, without ever wasting a try.
 *
 * Remembers for the life of the process which PIN a token refused (a digest under a random key, in
 * memory only) and never offers it again.
 */
#ifndef PKCS11_LOGIN_H
#define PKCS11_LOGIN_H

#include <stdbool.h>

#include "cihsm/pin.h"
#include "pkcs11/call.h"
#include "pkcs11/slot.h"

/** How a token is logged into. All borrowed. */
typedef struct pkcs11_login_plan {
    const pkcs11_link *link;
    const pkcs11_slot *slot; /**< flags as just read from the token */
    cihsm_pin_fn pin;        /**< may be NULL */
    void *pin_user;
    bool pinpad;
    bool allow_final_try;
} pkcs11_login_plan;

/** A PIN asked for, or none because it is typed at the token. */
typedef struct pkcs11_pin {
    bool at_token;
    cihsm_secret *secret; /**< NULL if at_token */
} pkcs11_pin;

void pkcs11_pin_free(pkcs11_pin *pin);

/** False: the token's keys can be used without logging in. */
bool pkcs11_login_is_needed(const pkcs11_login_plan *plan);

/** Looks at the flags of the token, then asks for the PIN once. */
CIHSM_NODISCARD cihsm_status pkcs11_login_ask(const pkcs11_login_plan *plan, pkcs11_pin *out,
                                              cihsm_error *err);

/** One C_Login with that PIN, unless the token refused it before. */
CIHSM_NODISCARD cihsm_status pkcs11_login_try(const pkcs11_login_plan *plan,
                                              CK_SESSION_HANDLE session, CK_USER_TYPE user,
                                              const pkcs11_pin *pin, cihsm_error *err);

#endif
