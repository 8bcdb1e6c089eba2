/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrolment/issued - whether what a CA issued is what was asked for.
 */
#ifndef ENROLMENT_ISSUED_H
#define ENROLMENT_ISSUED_H

#include "base/buffer.h"
#include "cihsm/enrolment.h"

/**
 * Finds the leaf by the public key of the CSR, and its chain.
 *
 * @param pem     what was issued
 * @param name    of the certificate, for messages
 * @param out     object: leaf, chain, root, pem, errors, warnings, findings; yours
 * @param errors  out: findings that are errors
 *
 * @retval CIHSM_E_PROTOCOL   no certificate can be read
 * @retval CIHSM_E_CONFLICT   no certificate has the CSR's key
 * @retval CIHSM_E_CONFIG     a file of the rules cannot be read
 */
CIHSM_NODISCARD cihsm_status issued_judge(const buffer *pem, const char *name, const cihsm_csr *csr,
                                          const cihsm_certificate_rules *rules, cihsm_value **out,
                                          size_t *errors, cihsm_error *err);

#endif
