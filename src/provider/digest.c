/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

static const provider_digest DIGESTS[] = {
    {CIHSM_SHA256, "SHA256", 32, NID_sha256, NID_sha256WithRSAEncryption, NID_ecdsa_with_SHA256},
    {CIHSM_SHA384, "SHA384", 48, NID_sha384, NID_sha384WithRSAEncryption, NID_ecdsa_with_SHA384},
    {CIHSM_SHA512, "SHA512", 64, NID_sha512, NID_sha512WithRSAEncryption, NID_ecdsa_with_SHA512},
};
#define DIGEST_COUNT (sizeof DIGESTS / sizeof *DIGESTS)

const provider_digest *provider_digest_by_name(const char *name)
{
    ERR_set_mark(); /* an unknown name is an answer here, not an error */
    EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
    ERR_pop_to_mark();
    const provider_digest *found = NULL;
    for (size_t i = 0; md != NULL && i < DIGEST_COUNT && found == NULL; i++) {
        found = EVP_MD_is_a(md, DIGESTS[i].name) == 1 ? &DIGESTS[i] : NULL;
    }
    EVP_MD_free(md);
    return found;
}

const provider_digest *provider_digest_by_size(size_t size)
{
    for (size_t i = 0; i < DIGEST_COUNT; i++) {
        if (DIGESTS[i].size == size) {
            return &DIGESTS[i];
        }
    }
    return NULL;
}
