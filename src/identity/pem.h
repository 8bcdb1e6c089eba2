/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/pem - certificates out of PEM text and files. Owns nothing; results are the caller's.
 */
#ifndef IDENTITY_PEM_H
#define IDENTITY_PEM_H

#include <stddef.h>

#include <openssl/x509.h>

#include "cihsm/error.h"

#define PEM_FILE_MAX ((size_t)1024 * 1024) /**< bytes */

/**
 * Reads every certificate of a text, in its order. Other blocks (private keys, parameters) are
 * passed over. See identity/pem_block.h for what is tolerated.
 *
 * @param where  names the source in messages: "chain /path/file"
 * @retval CIHSM_E_CONFIG  no certificate, or a damaged one; the message says which block
 */
CIHSM_NODISCARD cihsm_status pem_read_certificates(const char *text, size_t len, const char *where,
                                                   STACK_OF(X509) * *out, cihsm_error *err);

/**
 * Reads every certificate of a PEM file of at most PEM_FILE_MAX bytes. The bytes read are wiped,
 * because a private key may stand beside the certificates.
 *
 * @param what  what the file is, for messages: "chain"
 */
CIHSM_NODISCARD cihsm_status pem_read_file(const char *path, const char *what,
                                           STACK_OF(X509) * *out, cihsm_error *err);

/**
 * Says why a text without certificates may have none, and what to do: CSR, PKCS#7, DER, key.
 *
 * @return CIHSM_E_CONFIG
 */
cihsm_status pem_fail_no_certificate(const char *text, size_t len, const char *where,
                                     cihsm_error *err);

#endif
