/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/session - opens what most commands need: the client, or only the token.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/env.h"

/** Opens the client by the effective settings. */
CIHSM_NODISCARD cihsm_status cli_open_client(cli_env *env, cihsm_client **out, cihsm_error *err);

/** Opens the token by the effective settings; --module is required. */
CIHSM_NODISCARD cihsm_status cli_open_token(cli_env *env, cihsm_token **out, cihsm_error *err);

#endif
