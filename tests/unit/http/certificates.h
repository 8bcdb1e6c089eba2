/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small certification authority in memory for the tests of this folder. Fails the test, never
 * returns NULL.
 */
#ifndef TEST_HTTP_CERTIFICATES_H
#define TEST_HTTP_CERTIFICATES_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/** A certificate and its private key; owned. */
typedef struct test_pair {
    X509 *cert;
    EVP_PKEY *key;
} test_pair;

/** What to put into a certificate. */
typedef struct test_wish {
    const char *name;     /**< common name */
    const char *alt_name; /**< "DNS:localhost,IP:127.0.0.1"; NULL: none */
    const char *curve;    /**< "P-256" or "P-384" */
    int not_after_s;      /**< from now; 0: one day */
} test_wish;

/** @param issuer  NULL: a root that signs itself */
test_pair test_pair_new(const test_wish *wish, const test_pair *issuer);
void test_pair_free(test_pair *pair);

/** Writes the certificate as PEM. */
void test_write_pem(const char *path, X509 *cert);

#endif
