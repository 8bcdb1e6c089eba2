/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/pins - the PINs that an administrator's call needs, and the step that sets the user's.
 */
#ifndef TOKEN_PINS_H
#define TOKEN_PINS_H

#include "token/desk.h"

/** What a security officer brings. Owns the PINs. */
typedef struct officer_pins {
    pkcs11_login_plan officer_plan, user_plan;
    pkcs11_pin officer, user;
} officer_pins;

void officer_pins_free(officer_pins *pins);

/**
 * Asks for both; changes nothing on the token.
 *
 * @param kind  CIHSM_PIN_OFFICER or CIHSM_PIN_NEW_OFFICER
 */
CIHSM_NODISCARD cihsm_status officer_pins_ask(officer_pins *pins, const desk *at,
                                              const cihsm_token_config *config, cihsm_pin_kind kind,
                                              cihsm_error *err);

/** Logs the officer in and sets the user's PIN. The desk is taken and its slot chosen. */
CIHSM_NODISCARD cihsm_status officer_sets_pin(desk *at, officer_pins *pins, cihsm_error *err);

#endif
