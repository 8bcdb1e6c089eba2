/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/confirm - asks before something is done that cannot be undone.
 */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include "cli/env.h"

/**
 * Asks at the terminal; with --yes nobody is asked. Call it before a PIN is asked for.
 *
 * @param format  a whole sentence that ends in the question, without answer hint:
 *                "key \"cpi\" will be destroyed for good; delete it?"
 * @retval CIHSM_E_USAGE     there is no terminal and no --yes
 * @retval CIHSM_E_CANCELED  the answer was not yes
 */
CIHSM_PRINTF(3, 4)
CIHSM_NODISCARD cihsm_status cli_confirm(cli_env *env, cihsm_error *err, const char *format, ...);

#endif
