/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signer over a private key in memory, as a program could bring its own: raw r and s, the digest
 * hashed by the caller, and for ECDSA cut to the order: a longer one is refused. Counts and can be
 * told to fail. Owned by the test; must outlive the key.
 */
#ifndef TEST_SOFT_SIGNER_H
#define TEST_SOFT_SIGNER_H

#include <stdatomic.h>
#include <stdbool.h>

#include <openssl/evp.h>

#include "cihsm/signer.h"
#include "provider/provider_key.h"

typedef struct soft_signer {
    EVP_PKEY *key; /* borrowed */
    atomic_uint signed_count, released_count;
    cihsm_status failure; /* CIHSM_OK: signs */
    bool leaves_junk;     /* in OpenSSL's error queue, as PKCS#11 modules do */
    size_t wrong_length;  /* bytes taken off the signature */
    atomic_ulong lookups; /* how often the key was looked up */
    bool looks_up_each_time;
} soft_signer;

cihsm_signer soft_signer_table(soft_signer *over);

/** A provider key over @p signer, its public half from @p certificate_key. */
provider_key *soft_signer_key(soft_signer *signer, EVP_PKEY *certificate_key);

#endif
