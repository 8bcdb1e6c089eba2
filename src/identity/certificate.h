/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/certificate - facts of a certificate as text. Borrows certificates; strings are the
 * caller's, freed with text_free.
 */
#ifndef IDENTITY_CERTIFICATE_H
#define IDENTITY_CERTIFICATE_H

#include <stdbool.h>
#include <time.h>

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

#define CERTIFICATE_TIME_MAX 24   /**< "2026-06-24T12:56:52Z" and a NUL */
#define CERTIFICATE_SHA256_MAX 65 /**< 64 hex digits and a NUL */
#define CERTIFICATE_KEY_MAX 48    /**< "RSA 3072" and a NUL */

/** Writes a name as one line of RFC 4514, UTF-8, control characters escaped. */
CIHSM_NODISCARD cihsm_status certificate_name(const X509_NAME *name, char **out, cihsm_error *err);
CIHSM_NODISCARD cihsm_status certificate_subject(const X509 *of, char **out, cihsm_error *err);
CIHSM_NODISCARD cihsm_status certificate_issuer(const X509 *of, char **out, cihsm_error *err);

/** The most specific common name of the subject; *out is NULL if it has none. */
CIHSM_NODISCARD cihsm_status certificate_common_name(const X509 *of, char **out, cihsm_error *err);

/** The serial number in lower-case hex without prefix, "-" in front if negative. */
CIHSM_NODISCARD cihsm_status certificate_serial(const X509 *of, char **out, cihsm_error *err);

/** @retval CIHSM_E_CONFIG  no date, or one that time_t cannot hold */
CIHSM_NODISCARD cihsm_status certificate_seconds(const ASN1_TIME *date, time_t *out,
                                                 cihsm_error *err);

/** Writes a date as ISO 8601 UTC. */
CIHSM_NODISCARD cihsm_status certificate_time(const ASN1_TIME *date, char out[CERTIFICATE_TIME_MAX],
                                              cihsm_error *err);

/** Whole days from @p now until @p then, rounded down: half a day ago is -1. */
long certificate_days_until(time_t then, time_t now);

/** SHA-256 of the DER form in lower-case hex. */
CIHSM_NODISCARD cihsm_status certificate_sha256(const X509 *of, char out[CERTIFICATE_SHA256_MAX],
                                                cihsm_error *err);

/** SHA-256 of a SubjectPublicKeyInfo in lower-case hex. */
CIHSM_NODISCARD cihsm_status certificate_key_sha256(const X509_PUBKEY *key,
                                                    char out[CERTIFICATE_SHA256_MAX],
                                                    cihsm_error *err);

/** Writes "RSA 3072", "EC P-256", or OpenSSL's name and the bits for other keys. */
void certificate_key_name(const EVP_PKEY *key, char out[CERTIFICATE_KEY_MAX]);

/** True if both have the same DER form. */
bool certificate_same(const X509 *a, const X509 *b);

/** True if the certificate was signed by its own key. */
bool certificate_is_self_signed(X509 *of);

/** True if @p issuer is named as issuer of @p of and its key verifies the signature. */
bool certificate_issued(X509 *issuer, X509 *of);

/** Makes an object of subject, issuer, serialNumber, notBefore, notAfter, publicKey, sha256. */
CIHSM_NODISCARD cihsm_status certificate_describe(const X509 *of, cihsm_value **out,
                                                  cihsm_error *err);

#endif
