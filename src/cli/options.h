/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/options - parses the command line by the option tables.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/env.h"

/**
 * Finds the command and its options. Options may stand anywhere; "--" ends them. Names are never
 * abbreviated.
 *
 * @param env  command stays NULL when none is named
 * @retval CIHSM_E_USAGE  unknown command or option, missing or surplus argument
 */
CIHSM_NODISCARD cihsm_status cli_parse(cli_env *env, int argc, char **argv, cihsm_error *err);

void cli_env_free(cli_env *env);

#endif
