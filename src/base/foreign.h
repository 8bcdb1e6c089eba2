/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/foreign - scope cleanup (CIHSM_AUTO) for types of other libraries.
 */
#ifndef BASE_FOREIGN_H
#define BASE_FOREIGN_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cihsm/scope.h"

/** Defines name_cleanup(type **) that calls free_fn. */
#define FOREIGN_CLEANUP(name, type, free_fn)                     \
    static inline void name##_cleanup(__typeof__(type) **object) \
    {                                                            \
        if (*object != NULL) {                                   \
            free_fn(*object);                                    \
            *object = NULL;                                      \
        }                                                        \
    }

FOREIGN_CLEANUP(bio, BIO, BIO_free_all)
FOREIGN_CLEANUP(pkey, EVP_PKEY, EVP_PKEY_free)
FOREIGN_CLEANUP(pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
FOREIGN_CLEANUP(md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
FOREIGN_CLEANUP(x509, X509, X509_free)
FOREIGN_CLEANUP(x509_req, X509_REQ, X509_REQ_free)
FOREIGN_CLEANUP(x509_name, X509_NAME, X509_NAME_free)

static inline void x509_list_free(STACK_OF(X509) * list)
{
    sk_X509_pop_free(list, X509_free);
}
FOREIGN_CLEANUP(x509_list, STACK_OF(X509), x509_list_free)

#endif
