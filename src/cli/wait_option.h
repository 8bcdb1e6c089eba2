/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/wait_option - --wait TIME.
 */
#ifndef CLI_WAIT_OPTION_H
#define CLI_WAIT_OPTION_H

#include "cli/env.h"

/** Reads "90s", "15m", "2h" in whole seconds, rounded up; *out_s is unchanged if not given. */
CIHSM_NODISCARD cihsm_status cli_wait_option(const cli_env *env, int64_t *out_s, cihsm_error *err);

#endif
