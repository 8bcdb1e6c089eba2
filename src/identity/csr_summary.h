/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_summary - what a parsed certificate signing request asks for, as a JSON value.
 */
#ifndef IDENTITY_CSR_SUMMARY_H
#define IDENTITY_CSR_SUMMARY_H

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

/** @return the NID of the signature's digest; NID_undef if it has none or is not known. */
int csr_signature_digest(const X509_REQ *request);

/**
 * Makes an object of subject, san[], extendedKeyUsage[], keyUsage[], publicKey, publicKeySha256,
 * signatureAlgorithm. Whether the signature was verified is the caller's to add.
 */
CIHSM_NODISCARD cihsm_status csr_summary_make(X509_REQ *request, cihsm_value **out,
                                              cihsm_error *err);

#endif
