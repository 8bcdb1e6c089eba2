/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/pin - where the PIN comes from: --pin-source, or the terminal.
 */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "cli/env.h"

/** Sets pin, pin_user and pinpad of a token configuration; the environment is borrowed. */
CIHSM_NODISCARD cihsm_status cli_pin_config(cli_env *env, cihsm_token_config *out,
                                            cihsm_error *err);

/**
 * Ends the time without core dumps and debuggers that began with the PIN. Call it when the token,
 * whose module may keep the PIN or keys in memory, is closed.
 */
void cli_pin_forgotten(void);

#endif
