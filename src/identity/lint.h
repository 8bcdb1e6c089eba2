/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/lint - the rules that a client certificate and its chain have to keep, one place each.
 *
 * identity_chain_check runs those that matter before a connection, "cert check", "cert import" and
 * "cert expiry" run all. Borrows everything.
 */
#ifndef IDENTITY_LINT_H
#define IDENTITY_LINT_H

#include <stdbool.h>
#include <time.h>

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"
#include "identity/chain.h"
#include "identity/finding.h"

/** What is known about an identity. Start with {0}; chain and now are required. */
typedef struct identity_lint_input {
    const identity_chain *chain;
    const STACK_OF(X509) * pool;     /**< what the chain was built from; NULL: the chain alone */
    const STACK_OF(X509) * lb_roots; /**< roots that the load balancer accepts; NULL: not known */
    const X509 *registered;          /**< leaf of the service key; NULL: none to compare with */
    bool has_private_key;            /**< one stands beside the certificates */
    bool is_connecting; /**< before a connection: the server is the judge of what it accepts, so
                             only what certainly fails is fatal, and hints are left out */
    time_t now;         /**< seconds since the epoch */
    long warn_days;     /**< warn of an end within so many days */
} identity_lint_input;

/**
 * Runs the rules.
 *
 * @param found  the findings are added, in the order of the rules; room for IDENTITY_FINDINGS_MAX
 *               is enough
 * @retval CIHSM_E_LIMIT   not enough room
 * @retval CIHSM_E_CONFIG  a date or a name cannot be read
 */
CIHSM_NODISCARD cihsm_status identity_lint(const identity_lint_input *input, finding_list *found,
                                           cihsm_error *err);

/** The rule of the dates alone, for any certificate. @param what  names it: "leaf" */
CIHSM_NODISCARD cihsm_status identity_lint_dates(X509 *certificate, const char *what, time_t now,
                                                 long warn_days, finding_list *found,
                                                 cihsm_error *err);

#endif
