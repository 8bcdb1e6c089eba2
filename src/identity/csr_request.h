/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_request - what is inside a cihsm_csr, for who sends it on.
 */
#ifndef IDENTITY_CSR_REQUEST_H
#define IDENTITY_CSR_REQUEST_H

#include <openssl/x509.h>

#include "base/buffer.h"
#include "cihsm/csr.h"

/** Parses the bytes, whichever encoding they are in. @param out  yours: X509_REQ_free */
CIHSM_NODISCARD cihsm_status csr_request(const cihsm_csr *csr, X509_REQ **out, cihsm_error *err);

/** Appends the CSR as PEM. */
CIHSM_NODISCARD cihsm_status csr_request_pem(const cihsm_csr *csr, buffer *out, cihsm_error *err);

#endif
