/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates made at run time: a root, an intermediate below it, a server.
 * Owns all of them. For the tests of tls and provider.
 */
#ifndef TEST_PKI_H
#define TEST_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#define PKI_HOST "tenant.example"

typedef struct pki {
    EVP_PKEY *root_key, *issuer_key, *server_key;
    X509 *root;   /* CN=Test Root */
    X509 *issuer; /* CN=Test Issuer, signed by root */
    X509 *server; /* CN=tenant.example, P-256, signed by issuer */
} pki;

pki *pki_new(void);
void pki_free(pki **of);

/** @param kind  "RSA" (2048 bits), "P-256", "P-384", "P-521" */
EVP_PKEY *pki_key(const char *kind);

/** A leaf for @p key, signed by the issuer. */
X509 *pki_leaf(const pki *of, const char *common_name, EVP_PKEY *key);

/** The issuer as a list of intermediates. */
STACK_OF(X509) * pki_chain(const pki *of);

/** A public key with nothing private in it, as a certificate gives it. */
EVP_PKEY *pki_public_half(EVP_PKEY *key);

#endif
