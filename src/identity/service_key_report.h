/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_report - everything that can be found wrong with a service key without the
 * tenant: unlike reading, it does not end at the first fault.
 */
#ifndef IDENTITY_SERVICE_KEY_REPORT_H
#define IDENTITY_SERVICE_KEY_REPORT_H

#include <stdbool.h>
#include <time.h>

#include <openssl/x509.h>

#include "identity/bundle.h"
#include "identity/chain.h"
#include "identity/finding.h"
#include "identity/service_key.h"

/** What is known. Start with {0}; path and now are required. Borrowed. */
typedef struct service_key_report_input {
    const char *path;
    const identity_bundle *chain;    /**< what the chain file holds; NULL: none was given */
    const STACK_OF(X509) * lb_roots; /**< roots that the load balancer accepts; NULL: not known */
    const EVP_PKEY *token_key;       /**< public half of the key on the token; NULL: not asked */
    const char *token_key_uri;       /**< names it */
    time_t now;                      /**< seconds since the epoch */
    long warn_days;                  /**< warn of an end within so many days */
} service_key_report_input;

/** Owns what it holds. Start with {0}; free with service_key_report_free. */
typedef struct service_key_report {
    cihsm_service_key *key; /**< what could be read of it */
    bool has_type;          /**< the type of the key could be told */
    identity_chain *chain;  /**< NULL: the key has no readable certificate */
} service_key_report;

/**
 * Runs the checks.
 *
 * @param found  room for IDENTITY_FINDINGS_MAX
 * @retval CIHSM_E_CONFIG  the file cannot be read, or is no service key at all
 */
CIHSM_NODISCARD cihsm_status service_key_report_make(const service_key_report_input *input,
                                                     finding_list *found, service_key_report *out,
                                                     cihsm_error *err);

void service_key_report_free(service_key_report *of);

#endif
