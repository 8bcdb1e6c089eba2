/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_finding - what is wrong with a certificate signing request.
 */
#ifndef IDENTITY_CSR_FINDING_H
#define IDENTITY_CSR_FINDING_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

/** True if the request was signed by the key inside it. Leaves OpenSSL's error queue alone. */
bool csr_verifies(X509_REQ *request);

/** Adds to a summary "verified" and "findings" [{level, code, sentence, action}]. */
CIHSM_NODISCARD cihsm_status csr_findings_add(X509_REQ *request, bool verified,
                                              cihsm_value *summary, cihsm_error *err);

#endif
