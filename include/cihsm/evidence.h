/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/evidence.h - evidence about a key on a token, for an auditor.
 *
 * A JSON object that says which token and key it is about, what the token tells about the key, and
 * which files belong to it (by SHA-256), signed by the key itself. It keeps apart what is proven
 * (whoever made it could use the private key of that public key) and what is only the token's word
 * (that the key cannot leave it). Members, and the bytes that are signed:
 *
 *   format              "cihsm-key-evidence-1"
 *   made, madeBy        time by the clock of the computer; program and version
 *   token               uri, label, serial, manufacturer, model, hardwareVersion, firmwareVersion
 *   key                 uri, label, id, type, attributes (CKA_... true, false, or null if the token
 *                       does not tell), keyGenMechanism (or null)
 *   publicKey           pem; sha256 of its SubjectPublicKeyInfo, hex
 *   attachments         name, bytes (decimal digits) and sha256 of each file
 *   statement           proven, wordOfTheToken, notProven: sentences
 *   signatureAlgorithm  "RSASSA-PKCS1-v1_5-SHA256", "RSASSA-PSS-SHA256" or "ECDSA-SHA256"
 *   signature           base64; ECDSA in DER
 *
 * Signed is the whole object without its member "signature", in UTF-8 on one line: members in the
 * order of the file, no blank between tokens, no line feed at the end, strings escaped as
 * cihsm_value_write does. There are no numbers in it.
 *
 * Threads: any thread may call; a token may be shared.
 *
 * Source: PKCS#11 v2.40 section 4.9 (attributes of private keys), RFC 5280 section 4.1.2.7
 * (SubjectPublicKeyInfo), RFC 8017 (RSA), FIPS 186-4 (ECDSA). The form is the project's own:
 * docs/key-evidence.md.
 */
#ifndef CIHSM_EVIDENCE_H
#define CIHSM_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

#define CIHSM_EVIDENCE_ATTACHMENT_MAX (64UL * 1024 * 1024) /**< bytes of one file */

/** Start with {0}. Borrowed for the call. */
typedef struct cihsm_evidence_spec {
    const char *const *attach; /**< files that belong to it, a vendor's attestation for one */
    size_t attach_count;
    bool pss; /**< RSA keys: sign with RSASSA-PSS instead of PKCS#1 v1.5 */
} cihsm_evidence_spec;

/**
 * Looks at what needs no token, so that a typing error is found before a PIN is asked for.
 *
 * @param spec  as for cihsm_evidence_make
 * @retval CIHSM_E_CONFIG  a file cannot be read or is too large
 * @retval CIHSM_E_USAGE   two files have the same name
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_evidence_spec_check(const cihsm_evidence_spec *spec,
                                                                 cihsm_error *err);

/**
 * Makes the evidence of one key and has the key sign it: one signature.
 *
 * @param token    logged in
 * @param key_uri  RFC 7512 URI that selects one key of the token
 * @param spec     may be {0}
 * @param out      yours
 * @retval CIHSM_E_USAGE   a URI is malformed; PSS for a key that is not RSA
 * @retval CIHSM_E_CONFIG  as cihsm_evidence_spec_check
 * @retval CIHSM_E_TOKEN, CIHSM_E_PIN  the key is not found, shows no public half or does not sign
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_evidence_make(cihsm_token *token, const char *key_uri,
                                                           const cihsm_evidence_spec *spec,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Checks a file that cihsm_evidence_make's result was written to. Needs no token.
 *
 * @param path          of the file
 * @param attach        files to be compared with what was attached, by name and content
 * @param attach_count  number of files
 * @param out           yours: what was found, one member a fact; attached files that were not given
 *                      are told as not checked
 * @retval CIHSM_E_CHECK   it does not hold; the message names the member
 * @retval CIHSM_E_CONFIG  a file cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_evidence_verify(const char *path,
                                                             const char *const *attach,
                                                             size_t attach_count, cihsm_value **out,
                                                             cihsm_error *err);

CIHSM_END_DECLS

#endif
