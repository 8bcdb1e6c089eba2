/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider/digest - the digests this library signs.
 */
#ifndef PROVIDER_DIGEST_H
#define PROVIDER_DIGEST_H

#include <stddef.h>

#include "cihsm/signer.h"

typedef struct provider_digest {
    cihsm_digest digest;
    const char *name; /**< OpenSSL's */
    size_t size;      /**< bytes */
    int nid;
    int rsa_nid;   /**< of the signature algorithm with PKCS#1 v1.5 */
    int ecdsa_nid; /**< of the signature algorithm with ECDSA */
} provider_digest;

/** @return the row of any name that OpenSSL has for it; NULL for other digests. */
const provider_digest *provider_digest_by_name(const char *name);
/** @return the row of the digest with that size in bytes; NULL if there is none. */
const provider_digest *provider_digest_by_size(size_t size);

#endif
