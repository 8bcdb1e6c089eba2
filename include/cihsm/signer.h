/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/signer.h - something that signs: a table of functions over a private key kept elsewhere.
 *
 * PKCS#11 is one implementation (a token's key); a program can bring its own (another HSM API, a
 * remote service). The library never needs the private key, only this.
 */
#ifndef CIHSM_SIGNER_H
#define CIHSM_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

typedef enum cihsm_scheme {
    CIHSM_RSA_PKCS1 = 0, /**< RSASSA-PKCS1-v1_5, RFC 8017 section 8.2; the signer adds DigestInfo */
    CIHSM_RSA_PSS,       /**< RSASSA-PSS, RFC 8017 section 8.1; MGF1 with the same digest */
    CIHSM_ECDSA          /**< FIPS 186-4 */
} cihsm_scheme;

typedef enum cihsm_digest { CIHSM_SHA256 = 0, CIHSM_SHA384, CIHSM_SHA512 } cihsm_digest;

#define CIHSM_SIGNATURE_MAX 1024 /**< bytes; RSA-8192 */

/** What to sign. Already hashed in software: only the digest travels to the key. */
typedef struct cihsm_sign_request {
    cihsm_scheme scheme;
    cihsm_digest digest;
    const uint8_t *hash; /**< digest value; for ECDSA cut to the order of the curve already */
    size_t hash_len;     /**< bytes, 20 to 64 */
    size_t salt_len;     /**< bytes; CIHSM_RSA_PSS only */
} cihsm_sign_request;

/** Called from several threads at once. */
typedef struct cihsm_signer {
    /**
     * Signs once.
     *
     * @param context  of this table
     * @param sig      room for CIHSM_SIGNATURE_MAX bytes; RSA: the signature as long as the
     *                 modulus; ECDSA: r and s, each as long as the order of the curve, joined
     *                 (PKCS#11 v2.40 section 2.3.1, IEEE P1363), not DER
     * @param sig_len  out: bytes written
     */
    cihsm_status (*sign)(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err);
    /** Called once when the last user of the key is gone; may be NULL. */
    void (*release)(void *context);
    void *context;
    /**
     * How often the key was looked up so far, so that another one may have come into its place: the
     * first signature after each time is verified with the certificate before it is used. Counted
     * before a key that was found is used. NULL: it cannot become another one.
     */
    unsigned long (*lookups)(void *context);
} cihsm_signer;

CIHSM_END_DECLS

#endif
