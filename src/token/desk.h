/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/desk - where a token is changed: its module taken alone, and libp11 at one of its slots.
 *
 * libp11 waits for ever when it cannot open a session (0.4.12), and its C_Login would pass by the
 * rules of pkcs11/login. So a session is tried, and the login is made, before libp11 is called.
 * Owns the share of the module, libp11's objects and its session.
 */
#ifndef TOKEN_DESK_H
#define TOKEN_DESK_H

#include "pkcs11/login.h"
#include "pkcs11/module.h"
#include "pkcs11/slot.h"
#include "token/libp11.h"

typedef struct desk {
    pkcs11_link link;
    pkcs11_slot slot; /* set by the caller between desk_take and desk_start */
    token_libp11 *libp11;
    CK_SESSION_HANDLE session; /* holds the login; CK_INVALID_HANDLE: none */
} desk;

/** Takes the module alone. */
CIHSM_NODISCARD cihsm_status desk_take(desk *at, const cihsm_token_config *config,
                                       cihsm_error *err);

/** Starts libp11 at the slot. */
CIHSM_NODISCARD cihsm_status desk_start(desk *at, cihsm_error *err);

/** Opens the session for a login; makes sure that libp11 can open one more. */
CIHSM_NODISCARD cihsm_status desk_open_session(desk *at, cihsm_error *err);

/** A PIN as libp11 takes it: no NUL inside. */
CIHSM_NODISCARD cihsm_status desk_check_pin(const pkcs11_pin *pin, cihsm_error *err);

/** @return for libp11: NULL if it is typed at the token. Borrowed. */
const char *desk_pin(const pkcs11_pin *pin);

/** Ends sessions, login, libp11, and the share of the module. */
void desk_leave(desk *at);

#endif
