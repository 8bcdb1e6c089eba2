/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/refusal - which PIN was refused by which token in this process.
 *
 * Owns a list for the life of the process: HMAC-SHA256 of module, serial, kind and PIN under a
 * random key that never leaves memory. If the random key or the memory cannot be had, every PIN
 * counts as refused from then on: a token is never locked by this program.
 */
#ifndef PKCS11_REFUSAL_H
#define PKCS11_REFUSAL_H

#include <stdbool.h>

#include "cihsm/pin.h"
#include "cihsm/secret.h"
#include "pkcs11/call.h"

typedef struct refusal_subject {
    const pkcs11_module *module;
    const CK_TOKEN_INFO *token;
    cihsm_pin_kind kind; /**< whose PIN it was said to be */
    const cihsm_secret *pin;
} refusal_subject;

/** Between these two no other thread logs in, so that none offers the PIN just being refused. */
void refusal_begin(void);
void refusal_end(void);

/**
 * The call that showed a PIN did not return in time: until refusal_settle it counts as refused, and
 * for good if that says so.
 */
void refusal_await(const refusal_subject *subject);

/** What the last C_Login into a module that was left answered at last. */
void refusal_settle(const pkcs11_module *module, CK_RV rv);

/** True if an answer to a login may mean that the PIN was counted as wrong: GENERAL_ERROR can hide
 *  that (measured on an OpenSC card). */
bool refusal_is_meant_by(CK_RV rv);

bool refusal_is_known(const refusal_subject *subject);
void refusal_remember(const refusal_subject *subject);

#endif
