/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/bundle - certificates in the forms in which CAs deliver them: PEM in any order, DER,
 * PKCS#7 (a SignedData that only carries certificates) as PEM and DER.
 */
#ifndef IDENTITY_BUNDLE_H
#define IDENTITY_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

#define BUNDLE_CERTIFICATES_MAX 256

/** Owns its certificates. Start with {0}. */
typedef struct identity_bundle {
    STACK_OF(X509) * certificates; /**< in the order of the source, each once */
    bool has_private_key;          /**< a block of the PEM text is one; it was not looked at */
} identity_bundle;

/**
 * Reads certificates out of bytes.
 *
 * @param where  names the source in messages: "certificate file /path/file"
 * @retval CIHSM_E_CONFIG  empty, no certificate, damaged, cut off; the message says what it is
 *                         instead and what to do
 * @retval CIHSM_E_LIMIT   more than BUNDLE_CERTIFICATES_MAX
 */
CIHSM_NODISCARD cihsm_status bundle_read(const char *bytes, size_t len, const char *where,
                                         identity_bundle *out, cihsm_error *err);

/** Reads a file of at most PEM_FILE_MAX bytes. @param what  what it is, for messages */
CIHSM_NODISCARD cihsm_status bundle_read_file(const char *path, const char *what,
                                              identity_bundle *out, cihsm_error *err);

/** Adds a certificate (a reference of its own) unless the very same is there. */
CIHSM_NODISCARD cihsm_status bundle_add(identity_bundle *to, X509 *certificate, cihsm_error *err);

void bundle_free(identity_bundle *of);

/** Encodes certificates one after the other; *out is the caller's, freed with text_free. */
CIHSM_NODISCARD cihsm_status bundle_pem(X509 *leaf, const STACK_OF(X509) * others, char **out,
                                        cihsm_error *err);

#endif
