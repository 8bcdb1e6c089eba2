/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/endpoint - where a token is to be had. A client certificate is asked for by the host
 * <subdomain>.authentication.cert.<landscape> only; a service key may name the one without
 * ".cert.", whose configuration tells the other. Source: docs/sap-contract.md section 3, 2.
 */
#ifndef AUTH_ENDPOINT_H
#define AUTH_ENDPOINT_H

#include <stdbool.h>

#include "auth/answer.h"

/** @return true if the host of the URL is one that asks for a client certificate. */
bool auth_endpoint_is_mutual(const char *url);

/** Makes the address of the configuration: "https://host/.well-known/openid-configuration". */
CIHSM_NODISCARD cihsm_status auth_endpoint_configuration(const char *token_url, char **out,
                                                         cihsm_error *err);

/**
 * Reads mtls_endpoint_aliases.token_endpoint out of the configuration.
 *
 * @retval CIHSM_E_PROTOCOL  it names none, or no https URL
 * @retval others            as for auth_answer_token, where the answer is no success
 */
CIHSM_NODISCARD cihsm_status auth_endpoint_read(const http_response *answer,
                                                const auth_asked *asked, char **out,
                                                cihsm_error *err);

#endif
