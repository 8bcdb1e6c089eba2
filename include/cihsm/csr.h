/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/csr.h - certificate signing requests (PKCS#10, RFC 2986) signed by a key on a token.
 *
 * Threads: a CSR is not changed once it is made; any thread may make one, and a token may be
 * shared.
 *
 * Source: RFC 2986 (PKCS#10), RFC 5280 section 4.2.1 (usages, subject alternative names), RFC 4514
 * (names).
 */
#ifndef CIHSM_CSR_H
#define CIHSM_CSR_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/signer.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** What to ask for. Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_csr_spec {
    const char *like;       /**< file of the certificate that is renewed (PEM, DER or PKCS#7; the
                                 leaf if it holds a chain): what is NULL below is taken from it as
                                 it is, names in their encoding; NULL: none */
    const char *subject;    /**< "CN=a,O=b,C=DE" (RFC 4514, reversed into DER) or "/C=DE/O=b/CN=a"
                                 (kept in that order) */
    const char *const *san; /**< "DNS:name", "IP:addr", "email:addr", "URI:uri"; may be NULL */
    size_t san_count;       /**< elements; 0 with san not NULL: none, whatever like has */
    const char *eku;        /**< comma list of OpenSSL names; NULL: "clientAuth"; "": none */
    const char *key_usage;  /**< comma list of OpenSSL names; NULL: "digitalSignature"; "": none */
    cihsm_digest digest;    /**< SHA-256 by default */
    bool pss;               /**< RSA keys: sign with RSASSA-PSS instead of PKCS#1 v1.5 */
    bool der;               /**< write DER instead of PEM */
} cihsm_csr_spec;

/**
 * Looks at what needs no key, so that a typing error is found before a PIN is asked for.
 *
 * @param spec  as for cihsm_csr_create
 * @retval CIHSM_E_USAGE   the subject, a SAN or a usage is malformed; the message says which part
 * @retval CIHSM_E_CONFIG  the certificate to renew cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csr_spec_check(const cihsm_csr_spec *spec,
                                                            cihsm_error *err);

/** A request that was made and verified. */
typedef struct cihsm_csr cihsm_csr;

/**
 * Makes a CSR for the one key that @p key_uri selects on the token, parses the result and verifies
 * its signature before it is returned.
 *
 * @param token  logged in
 * @param spec   what to ask for
 * @param out    yours
 * @retval CIHSM_E_USAGE   the subject, a SAN or a usage is malformed; the message says which part
 * @retval CIHSM_E_CONFIG  the certificate to renew cannot be read
 * @retval CIHSM_E_TOKEN   no such key, several, or signing failed
 * @retval else            as for cihsm_token_open
 *
 * Source: RFC 2986; RFC 4514 for names; RFC 5280 for extensions.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csr_create(cihsm_token *token, const char *key_uri,
                                                        const cihsm_csr_spec *spec, cihsm_csr **out,
                                                        cihsm_error *err);

/**
 * Reads a CSR that anybody made: PEM or DER, one CSR. A signature that does not verify is no
 * failure: cihsm_csr_summary says it.
 *
 * @param path  of the file
 * @param out   yours
 * @retval CIHSM_E_CONFIG  missing, no CSR, several, damaged; the message says what it is instead
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csr_read(const char *path, cihsm_csr **out,
                                                      cihsm_error *err);

/**
 * cihsm_csr_read for bytes; @p name says where they are from, in messages and in the summary.
 *
 * @param bytes  PEM or DER
 * @param len    of @p bytes
 * @param out    yours
 * @retval CIHSM_E_CONFIG  as for cihsm_csr_read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_csr_parse(const void *bytes, size_t len,
                                                       const char *name, cihsm_csr **out,
                                                       cihsm_error *err);

/** @return the encoded CSR (PEM or DER as asked for, DER if it was read), borrowed; @p len in
 * bytes. */
CIHSM_API const char *cihsm_csr_bytes(const cihsm_csr *csr, size_t *len);

/**
 * @return what was parsed, borrowed: subject, san[], extendedKeyUsage[], keyUsage[], publicKey,
 * publicKeySha256 (of the SubjectPublicKeyInfo), signatureAlgorithm, verified, findings[] (objects
 * of level ("error": cannot work, "warn"), code, sentence, action), and source if it was read
 */
CIHSM_API const cihsm_value *cihsm_csr_summary(const cihsm_csr *csr);

/** Frees it, sets *csr to NULL. NULL is fine. */
CIHSM_API void cihsm_csr_free(cihsm_csr **csr);

CIHSM_END_DECLS

#endif
