/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/session - opens what most commands need: the client, or only the token.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/env.h"

enum { CLI_CLONES_MAX = 15 };

/** Fills a configuration by the effective settings. @param clones  room; out->clones points to it
 */
CIHSM_NODISCARD cihsm_status cli_client_config(cli_env *env, const char *clones[CLI_CLONES_MAX],
                                               cihsm_client_config *out, cihsm_error *err);

/** Opens the client by the effective settings. */
CIHSM_NODISCARD cihsm_status cli_open_client(cli_env *env, cihsm_client **out, cihsm_error *err);

/** Opens the token by the effective settings; --module is required. */
CIHSM_NODISCARD cihsm_status cli_open_token(cli_env *env, cihsm_token **out, cihsm_error *err);

#endif
