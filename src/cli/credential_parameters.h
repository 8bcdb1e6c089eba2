/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/credential_parameters - the custom parameters of OAuth2 client credentials, which the tenant
 * takes with a new credential only. Source: docs/sap-contract.md section 7.3.
 */
#ifndef CLI_CREDENTIAL_PARAMETERS_H
#define CLI_CREDENTIAL_PARAMETERS_H

#include "cli/env.h"

/**
 * For cli_kind.complete: --body-parameter and --url-parameter.
 *
 * @retval CIHSM_E_USAGE  one is not KEY=VALUE, or has a key that was there before
 */
CIHSM_NODISCARD cihsm_status cli_credential_parameters(const cli_env *env, cihsm_value *body,
                                                       cihsm_error *err);

#endif
