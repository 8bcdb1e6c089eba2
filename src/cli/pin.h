/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/pin - where PINs come from: --pin-source, --so-pin-source, --new-pin-source, or the terminal.
 */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "cli/env.h"

/** Sets pin, pin_offer, pin_verdict, pin_user and pinpad of a token configuration whose timeout is
 * set; the environment is borrowed. */
CIHSM_NODISCARD cihsm_status cli_pin_config(cli_env *env, cihsm_token_config *out,
                                            cihsm_error *err);

/**
 * Checks the sources of a command that needs two PINs; pinpad is set if both are typed at the
 * token.
 *
 * @param settings  names of the two settings, then NULL
 * @retval CIHSM_E_USAGE  not the form of a PIN source, or only one of them is pinpad
 */
CIHSM_NODISCARD cihsm_status cli_pin_config_admin(cli_env *env, const char *const *settings,
                                                  cihsm_token_config *out, cihsm_error *err);

/** @retval CIHSM_E_USAGE  not the form of a PIN source; perhaps a PIN, so it is not repeated */
CIHSM_NODISCARD cihsm_status cli_pin_check_source(const char *source, cihsm_error *err);

/** cli_pin_check_source for another secret. @param setting  names it in the message */
CIHSM_NODISCARD cihsm_status cli_secret_check_source(const char *setting, const char *source,
                                                     cihsm_error *err);

/**
 * Reads another secret than a PIN, from the same kinds of sources.
 *
 * @param name  what it is, for the prompt and for messages
 */
CIHSM_NODISCARD cihsm_status cli_secret_read(const char *source, const char *name,
                                             cihsm_secret **out, cihsm_error *err);

/**
 * Ends the time without core dumps and debuggers that began with the PIN. Call it when the token,
 * whose module may keep the PIN or keys in memory, is closed. While a call that was left still has
 * the PIN, it changes nothing.
 */
void cli_pin_forgotten(void);

#endif
