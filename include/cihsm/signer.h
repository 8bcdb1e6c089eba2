/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/signer.h - something that signs: a table of functions over a private key kept elsewhere.
 *
 * PKCS#11 is one implementation (a token's key); a program can bring its own (another HSM API, a
 * remote service). The library never needs the private key, only this.
 *
 * Threads: sign and lookups are called from several at once: a key may serve several connections.
 *
 * Source: RFC 8017 (RSA), FIPS 186-4 (ECDSA), RFC 8446 section 4.2.3 (what TLS 1.3 asks for);
 * docs/adr/0001.
 */
#ifndef CIHSM_SIGNER_H
#define CIHSM_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/** The form of a signature. TLS 1.3 asks an RSA key for PSS only, a CSR by default for PKCS#1. */
typedef enum cihsm_scheme {
    CIHSM_RSA_PKCS1 = 0, /**< RSASSA-PKCS1-v1_5, RFC 8017 section 8.2; the signer adds DigestInfo */
    CIHSM_RSA_PSS,       /**< RSASSA-PSS, RFC 8017 section 8.1; MGF1 with the same digest */
    CIHSM_ECDSA          /**< FIPS 186-4 */
} cihsm_scheme;

/** What made the hash: FIPS 180-4. */
typedef enum cihsm_digest {
    CIHSM_SHA256 = 0, /**< 32 bytes */
    CIHSM_SHA384,     /**< 48 bytes */
    CIHSM_SHA512      /**< 64 bytes */
} cihsm_digest;

#define CIHSM_SIGNATURE_MAX 1024 /**< bytes; RSA-8192 */

/** What to sign. Already hashed in software: only the digest travels to the key. */
typedef struct cihsm_sign_request {
    cihsm_scheme scheme; /**< fits the kind of the certificate's key: CIHSM_ECDSA for EC only */
    cihsm_digest digest; /**< of hash; RSA: it is named in the signature, and PSS uses it in MGF1 */
    const uint8_t *hash; /**< digest value; for ECDSA cut to the order of the curve already */
    size_t hash_len;     /**< bytes, 20 to 64 */
    size_t salt_len;     /**< bytes; CIHSM_RSA_PSS only, else 0 */
} cihsm_sign_request;

/**
 * Functions over one key. A client or a call that takes the table copies it and takes @p context
 * over with it. All but release are called from several threads at once.
 */
typedef struct cihsm_signer {
    /**
     * Signs once. May block: the handshake waits for it in the thread that needs it, and nothing
     * ends it, neither the timeouts of the client nor cihsm_cancel_request. So keep a time limit of
     * your own and answer CIHSM_E_TIMEOUT when it is over.
     *
     * Any status but CIHSM_OK ends the handshake, and what called the library returns it with the
     * text of @p err (cihsm_error_set; without one it says that the key gave no reason).
     *
     * @param context  of this table
     * @param request  what to sign; borrowed for the call
     * @param sig      room for CIHSM_SIGNATURE_MAX bytes; RSA: the signature as long as the
     *                 modulus; ECDSA: r and s, each as long as the order of the curve, joined
     *                 (PKCS#11 v2.40 section 2.3.1, IEEE P1363), not DER
     * @param sig_len  out: bytes written
     * @param err      for cihsm_error_set, with a sentence that tells what to do; never NULL
     * @retval CIHSM_OK          signed
     * @retval CIHSM_E_TOKEN     the key is not there, or cannot do this scheme or digest
     * @retval CIHSM_E_PIN       it cannot be used without a PIN that is missing or refused
     * @retval CIHSM_E_TIMEOUT   no answer in time
     * @retval CIHSM_E_CANCELED  a person declined, or the program is ending
     */
    cihsm_status (*sign)(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err);
    /** Called once when the last user of the key is gone, by the thread that frees it; no other
     *  call is under way then. May be NULL. */
    void (*release)(void *context);
    void *context; /**< handed to all three; lives until release */
    /**
     * How often the key was looked up so far, so that another one may have come into its place: the
     * first signature after each time is verified with the certificate before it is used. Counted
     * before a key that was found is used. Must not block. NULL: it cannot become another one.
     */
    unsigned long (*lookups)(void *context);
} cihsm_signer;

CIHSM_END_DECLS

#endif
