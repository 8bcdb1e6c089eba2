/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/chain - the certificates a TLS client sends: the leaf and every intermediate in order.
 *
 * The load balancer holds roots only and drops a certificate silently when it cannot build a path
 * (docs/sap-contract.md section 1.1), so the order and the completeness are checked here.
 */
#ifndef IDENTITY_CHAIN_H
#define IDENTITY_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "identity/finding.h"

#define IDENTITY_CHAIN_MAX 10        /**< intermediates */
#define IDENTITY_EXPIRY_WARN_DAYS 30 /**< docs/design: warn before connecting */

/** Owns its certificates (references of its own, not copies). */
typedef struct identity_chain {
    X509 *leaf;
    STACK_OF(X509) * intermediates; /**< issuer of the leaf first; never NULL, may be empty */
    X509 *root;                     /**< self-signed end of the path if it was in the pool; never
                                         sent; may be NULL */
    size_t unused;                  /**< certificates of the pool that are not on the path */
} identity_chain;

/**
 * Orders a pool of certificates into the path from the leaf upwards.
 *
 * A certificate follows when it is named as issuer and its key verifies the signature. Duplicates,
 * the order of the pool and foreign certificates do not matter. Of several issuers (cross-signed
 * or renewed ones) one that is not self-signed is taken, then the one valid longest; no subject
 * with the same key appears twice, which ends loops. A self-signed root is left out.
 *
 * @param pool  borrowed; may be empty or NULL if @p leaf is given
 * @param leaf  borrowed, need not be in the pool; NULL: the only certificate of the pool that is
 *              no CA and issued no other one
 * @retval CIHSM_E_CONFIG  no leaf, several (the message lists them), or a path that is too long
 */
CIHSM_NODISCARD cihsm_status identity_chain_build(const STACK_OF(X509) * pool, X509 *leaf,
                                                  identity_chain **out, cihsm_error *err);

/** True if the certificate is the leaf, an intermediate or the root of the chain. */
bool identity_chain_has(const identity_chain *chain, const X509 *certificate);

/** Releases the chain, sets *chain to NULL. NULL is fine. */
void identity_chain_free(identity_chain **chain);

/**
 * Looks for what makes the load balancer or the tenant refuse the chain: expiry, usage, a missing
 * intermediate.
 *
 * @param now    seconds since the epoch
 * @param out    the findings in the order of the chain
 * @param count  in: room of @p out (IDENTITY_FINDINGS_MAX is enough); out: findings
 * @retval CIHSM_E_LIMIT   not enough room
 * @retval CIHSM_E_CONFIG  a date or a name cannot be read
 */
CIHSM_NODISCARD cihsm_status identity_chain_check(const identity_chain *chain, time_t now,
                                                  identity_finding out[], size_t *count,
                                                  cihsm_error *err);

#endif
