/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_like - what a renewal takes over from the certificate it renews. Results are the
 * caller's.
 */
#ifndef IDENTITY_CSR_LIKE_H
#define IDENTITY_CSR_LIKE_H

#include <stdbool.h>

#include <openssl/x509v3.h>

#include "cihsm/error.h"

/**
 * Reads the certificate to renew from a file: PEM, DER or PKCS#7, the leaf if it holds a
 * chain.
 *
 * @retval CIHSM_E_CONFIG  missing, no certificate, several leaves
 */
CIHSM_NODISCARD cihsm_status csr_like_read(const char *path, X509 **out, cihsm_error *err);

/** Copies the subject byte by byte. @retval CIHSM_E_CONFIG  the certificate has an empty subject */
CIHSM_NODISCARD cihsm_status csr_like_subject(const X509 *like, X509_NAME **out, cihsm_error *err);

/**
 * Copies an extension as it is, critical or not.
 *
 * @param like    NULL: nothing to copy
 * @param copied  out: false if the certificate has no such extension
 */
CIHSM_NODISCARD cihsm_status csr_like_extension(const X509 *like, int nid,
                                                STACK_OF(X509_EXTENSION) * to, bool *copied,
                                                cihsm_error *err);

#endif
