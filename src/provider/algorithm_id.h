/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/algorithm_id - the AlgorithmIdentifier that stands in a certificate or request beside a
 * signature.
 */
#ifndef PROVIDER_ALGORITHM_ID_H
#define PROVIDER_ALGORITHM_ID_H

#include <stddef.h>

#include "cihsm/signer.h"
#include "provider/digest.h"

/**
 * @param salt_len  bytes; CIHSM_RSA_PSS only
 * @param der       out: OPENSSL_free it
 * @return bytes at *der, 0 if out of memory
 */
size_t provider_algorithm_id(cihsm_scheme scheme, const provider_digest *digest, size_t salt_len,
                             unsigned char **der);

#endif
