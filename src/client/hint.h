/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/hint - what to tell a person after a 401: built from what is known about the certificate
 * and the handshake. Source: docs/sap-contract.md section 1.2.
 */
#ifndef CLIENT_HINT_H
#define CLIENT_HINT_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "identity/chain.h"
#include "identity/service_key.h"
#include "tls/watch.h"

/**
 * Names the likely cause of a 401: no certificate was asked for, the chain does not end at a root
 * that the load balancer holds, or the certificate is in no service key.
 *
 * @param out  yours (text_free)
 */
CIHSM_NODISCARD cihsm_status hint_unauthorized(const identity_chain *chain, const tls_watch *watch,
                                               char **out, cihsm_error *err);

/**
 * Names the cause of a token server's 401 to a certificate, where the handshake shows it.
 *
 * @param out  yours (text_free); NULL: the handshake was as it should be
 */
CIHSM_NODISCARD cihsm_status hint_token_host(const identity_chain *chain, const tls_watch *watch,
                                             char **out, cihsm_error *err);

/** Names the likely cause of a 401 for a token that was issued a moment ago. */
CIHSM_NODISCARD cihsm_status hint_token_refused(const cihsm_service_key *key, char **out,
                                                cihsm_error *err);

#endif
