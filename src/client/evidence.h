/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/evidence - what making and verifying evidence share (cihsm/evidence.h says what it is).
 */
#ifndef CLIENT_EVIDENCE_H
#define CLIENT_EVIDENCE_H

#include <openssl/evp.h>

#include "base/buffer.h"
#include "cihsm/evidence.h"
#include "identity/certificate.h"

#define EVIDENCE_FORMAT "cihsm-key-evidence-1"
#define EVIDENCE_MAX ((size_t)1024 * 1024) /* bytes of the JSON text */

/** How the key signs. */
typedef struct evidence_algorithm {
    const char *name; /**< of member signatureAlgorithm */
    const char *key;  /**< OpenSSL's name of the key type */
    bool pss;
} evidence_algorithm;

/** @return the algorithm for a key; NULL if there is none. */
const evidence_algorithm *evidence_algorithm_for(const EVP_PKEY *key, bool pss);
/** @return the algorithm of that name; NULL if unknown. */
const evidence_algorithm *evidence_algorithm_named(const char *name);

/** Sets the padding of a context that EVP_DigestSignInit or EVP_DigestVerifyInit gave. */
bool evidence_choose_padding(const evidence_algorithm *algorithm, EVP_PKEY_CTX *context);

/** The bytes that are signed: the object, which has no signature member (any more). */
CIHSM_NODISCARD cihsm_status evidence_bytes(const cihsm_value *object, buffer *out,
                                            cihsm_error *err);

/** SHA-256 of a public key's SubjectPublicKeyInfo in hex. */
CIHSM_NODISCARD cihsm_status evidence_key_sha256(EVP_PKEY *key, char out[CERTIFICATE_SHA256_MAX],
                                                 cihsm_error *err);

/** "rsa:3072", "ec:P-256", ..., "other" */
void evidence_key_type(const EVP_PKEY *key, char out[16]);

/** @return the file name of a path. */
const char *evidence_file_name(const char *path);

/** Reads a file and makes its object: name, bytes, sha256. */
CIHSM_NODISCARD cihsm_status evidence_attachment(const char *path, cihsm_value **out,
                                                 cihsm_error *err);

/** Objects of all files. @retval CIHSM_E_USAGE two have one name */
CIHSM_NODISCARD cihsm_status evidence_attachments(const char *const *paths, size_t count,
                                                  cihsm_value **out, cihsm_error *err);

#endif
