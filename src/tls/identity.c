/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/identity.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/foreign.h"

struct tls_identity {
    X509 *leaf;
    STACK_OF(X509) * intermediates;
    EVP_PKEY *key;
};

cihsm_status tls_identity_new(X509 *leaf, STACK_OF(X509) * intermediates, EVP_PKEY *key,
                              tls_identity **out, cihsm_error *err)
{
    if (X509_check_private_key(leaf, key) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG,
                                  "the certificate is not for this key: give the certificate that "
                                  "was issued for it, or name the other key");
    }
    CIHSM_AUTO(tls_identity_free) tls_identity *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    if (intermediates != NULL) {
        made->intermediates = X509_chain_up_ref(intermediates);
        if (made->intermediates == NULL) {
            return cihsm_fail_memory(err);
        }
    }
    X509_up_ref(leaf);
    made->leaf = leaf;
    EVP_PKEY_up_ref(key);
    made->key = key;
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

X509 *tls_identity_leaf(const tls_identity *identity)
{
    return identity->leaf;
}

STACK_OF(X509) * tls_identity_intermediates(const tls_identity *identity)
{
    return identity->intermediates;
}

EVP_PKEY *tls_identity_key(const tls_identity *identity)
{
    return identity->key;
}

void tls_identity_free(tls_identity **identity)
{
    if (identity == NULL || *identity == NULL) {
        return;
    }
    X509_free((*identity)->leaf);
    x509_list_free((*identity)->intermediates);
    EVP_PKEY_free((*identity)->key);
    free(*identity);
    *identity = NULL;
}
