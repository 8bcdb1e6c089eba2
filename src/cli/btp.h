/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/btp - what commands that ask other services of SAP BTP than the tenant share.
 */
#ifndef CLI_BTP_H
#define CLI_BTP_H

#include "cli/env.h"

/** How they are reached, by the effective settings; borrows from the environment. */
CIHSM_NODISCARD cihsm_status cli_btp_network(const cli_env *env, cihsm_btp_network *out,
                                             cihsm_error *err);

/**
 * Prints requests that --dry-run shows: array of objects with method, url, purpose and body. Of a
 * table each is "METHOD URL", its purpose and its body.
 */
CIHSM_NODISCARD cihsm_status cli_btp_show_requests(const cli_env *env, const cihsm_value *requests,
                                                   cihsm_error *err);

#endif
