/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_login - the access token of a user of Cloud Foundry: given, or had with user
 * and password (client "cf", whose secret is empty).
 */
#ifndef BTP_CLOUD_FOUNDRY_LOGIN_H
#define BTP_CLOUD_FOUNDRY_LOGIN_H

#include "btp/cloud_foundry.h"

/** Sets the session's authorization. */
CIHSM_NODISCARD cihsm_status cf_login(cihsm_cf *cf, const cihsm_cf_config *config,
                                      cihsm_error *err);

/**
 * Makes the value of the header out of a token.
 *
 * @param text  with "bearer " in front or without; blanks and line feeds around it do not count
 * @param out   "Bearer TOKEN"; yours
 * @retval CIHSM_E_CONFIG  it cannot be one; the message does not repeat it
 */
CIHSM_NODISCARD cihsm_status cf_token_header(const char *text, size_t len, cihsm_secret **out,
                                             cihsm_error *err);

#endif
