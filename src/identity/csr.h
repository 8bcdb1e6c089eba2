/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr - makes a certificate signing request (PKCS#10) for a key that can only sign.
 */
#ifndef IDENTITY_CSR_H
#define IDENTITY_CSR_H

#include <openssl/evp.h>

#include "cihsm/csr.h"

/**
 * Builds a request, signs it, encodes it, reads the bytes back and verifies the signature with the
 * public key before it returns anything.
 *
 * @param signing     signs; may be of another provider and library context
 * @param public_key  RSA or EC, default library context; goes into the request
 * @param out         yours; cihsm_csr_free
 *
 * @retval CIHSM_E_USAGE  subject, SAN or a usage is malformed, or PSS with an EC key
 * @retval CIHSM_E_TOKEN  signing failed, or the signature does not fit the public key
 */
CIHSM_NODISCARD cihsm_status identity_csr_build(const cihsm_csr_spec *spec, EVP_PKEY *signing,
                                                EVP_PKEY *public_key, cihsm_csr **out,
                                                cihsm_error *err);

#endif
