/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/certificate_report - certificates, chains and findings as values for the caller.
 */
#ifndef CLIENT_CERTIFICATE_REPORT_H
#define CLIENT_CERTIFICATE_REPORT_H

#include "cihsm/certificate.h"
#include "cihsm/service_key.h"
#include "identity/bundle.h"
#include "identity/chain.h"

/** The rules with their files read. Start with {0}; free with certificate_rules_free. */
typedef struct certificate_rules {
    long warn_days;
    identity_bundle lb_roots; /**< certificates NULL: not known */
    cihsm_service_key *service_key;
} certificate_rules;

CIHSM_NODISCARD cihsm_status certificate_rules_read(const cihsm_certificate_rules *from,
                                                    certificate_rules *out, cihsm_error *err);
void certificate_rules_free(certificate_rules *of);

/** One row of a list: the facts of a certificate and the state of its dates. */
CIHSM_NODISCARD cihsm_status certificate_row(X509 *certificate, const char *source, long warn_days,
                                             cihsm_value **out, cihsm_error *err);

/** Sets leaf, chain and root of an object. */
CIHSM_NODISCARD cihsm_status certificate_put_chain(const identity_chain *chain, cihsm_value *to,
                                                   cihsm_error *err);

/** Sets pem: leaf and intermediates. */
CIHSM_NODISCARD cihsm_status certificate_put_pem(const identity_chain *chain, cihsm_value *to,
                                                 cihsm_error *err);

/**
 * Runs the lint and sets errors, warnings and findings of an object.
 *
 * @param pool    what the chain was built from
 * @param errors  out: findings that are errors
 */
CIHSM_NODISCARD cihsm_status certificate_put_findings(const identity_chain *chain,
                                                      const identity_bundle *pool,
                                                      const certificate_rules *rules,
                                                      cihsm_value *to, size_t *errors,
                                                      cihsm_error *err);

#endif
