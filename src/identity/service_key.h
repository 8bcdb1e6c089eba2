/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key - what the other modules take out of a service key. Everything returned by
 * a getter is borrowed from the key.
 *
 * The client secret lives in a cihsm_secret, SAP's private key in an EVP_PKEY; the file's bytes
 * and every text of the parsed document are wiped before reading returns. What cannot be wiped:
 * fragments of a document that the JSON parser gave up on, and the kernel's page cache.
 */
#ifndef IDENTITY_SERVICE_KEY_H
#define IDENTITY_SERVICE_KEY_H

#include <openssl/x509.h>

#include "cihsm/secret.h"
#include "cihsm/service_key.h"
#include "identity/finding.h"

/**
 * Reads a service key from text; cihsm_service_key_read without the file.
 *
 * @param path  names the source in messages
 * @retval CIHSM_E_CONFIG  as for cihsm_service_key_read
 */
CIHSM_NODISCARD cihsm_status service_key_parse(const char *text, size_t len, const char *path,
                                               cihsm_service_key **out, cihsm_error *err);

/** @return the leaf; NULL for ClientId/Secret. */
X509 *service_key_leaf(const cihsm_service_key *key);

/** @return for Certificate keys the intermediates in TLS order without a self-signed root, else
 *          an empty list; never NULL. */
STACK_OF(X509) * service_key_chain(const cihsm_service_key *key);

/** @return for Certificate keys the private key (software, default library context), which fits
 *          the leaf; else NULL. */
EVP_PKEY *service_key_private(const cihsm_service_key *key);

/** @return the client secret of ClientId/Secret keys, else NULL. */
const cihsm_secret *service_key_secret(const cihsm_service_key *key);

const char *service_key_path(const cihsm_service_key *key);
const char *service_key_client_id(const cihsm_service_key *key); /* NULL if the file has none */
const char *service_key_token_url(const cihsm_service_key *key); /* NULL if the file has none */

/** Makes "https://host/api/v1/" of the field "url", which may end in "/" or "/api/v1" already. */
CIHSM_NODISCARD cihsm_status service_key_root(const cihsm_service_key *key, char **out,
                                              cihsm_error *err);

/**
 * Looks for what is wrong with the file rather than with its certificates: others may read the
 * secret in it.
 *
 * @param count  in: room of @p out (IDENTITY_FINDINGS_MAX is enough); out: findings
 */
CIHSM_NODISCARD cihsm_status service_key_check(const cihsm_service_key *key, identity_finding out[],
                                               size_t *count, cihsm_error *err);

#endif
