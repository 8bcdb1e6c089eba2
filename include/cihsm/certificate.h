/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/certificate.h - certificates in files and on a token: list, check, export, import.
 *
 * Files are read in the forms in which CAs deliver them: PEM in any order, DER, PKCS#7 as PEM and
 * DER. Results are values: their members are part of the contract.
 *
 * Threads: no call keeps a state of its own, so any thread may make one; a token may be shared.
 *
 * Source: RFC 5280 (certificates, extended key usage), RFC 7468 (PEM), RFC 2315 (PKCS#7);
 * docs/sap-contract.md sections 1.1, 2.2 and 11.1.
 */
#ifndef CIHSM_CERTIFICATE_H
#define CIHSM_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/**
 * Lists the certificates of a file, which may also be a service key (JSON).
 *
 * @param path       of the file
 * @param warn_days  an end within so many days is a warning
 * @param out        array of objects: source (the path), subject, issuer, serialNumber, notBefore,
 *                   notAfter, publicKey, sha256, notAfterSeconds (since the epoch), daysLeft
 *                   (negative: since it ended), level ("ok", "warn" or "error"), state ("ok",
 *                   "expires-soon", "expired", "not-yet-valid") and, unless ok, sentence and action
 * @retval CIHSM_E_CONFIG  missing, no certificate in it, damaged; the message says what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_certificate_list_file(const char *path, long warn_days,
                                                                   cihsm_value **out,
                                                                   cihsm_error *err);

#define CIHSM_COMMON_NAME_MAX 256 /**< bytes, terminating NUL included */

/**
 * Reads the common name of the leaf in a file, which may also be a service key (JSON).
 *
 * @param path  of several certificates the first is taken, which a service key's leaf is
 * @param out   "cpi-client"
 * @retval CIHSM_E_CONFIG  missing, no certificate in it, one without a common name, or too long a
 *                         one
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_certificate_common_name(const char *path, char out[CIHSM_COMMON_NAME_MAX], cihsm_error *err);

/**
 * Lists the certificates on a token: as above, source being the token's URI, and id (hex), label,
 * uri, key (URI of the private key of the same id; null if there is none).
 *
 * @param token      logged in
 * @param warn_days  an end within so many days is a warning
 * @param out        array of such objects, yours; may be empty
 * @retval else  as for cihsm_token_open
 *
 * Source: PKCS#11 v2.40 section 4.6, certificate objects.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_certificate_list_token(cihsm_token *token,
                                                                    long warn_days,
                                                                    cihsm_value **out,
                                                                    cihsm_error *err);

/** What a chain is judged by. Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_certificate_rules {
    long warn_days;          /**< an end within so many days is a warning */
    const char *lb_roots;    /**< file with the roots that the load balancer accepts (the list of
                                  SAP Note 2801396); NULL: not known, so not checked */
    const char *service_key; /**< file of the service key that the leaf is for; NULL: not
                                  compared */
} cihsm_certificate_rules;

/**
 * Judges the chain in a file: dates, usages, completeness, signatures, strength, root.
 *
 * @param path   of the file
 * @param rules  what it is judged by
 * @param out    object: source, leaf, chain (array; leaf first, without the root), root (if it is
 *               there), errors and warnings (numbers) and findings: array of level ("error",
 *               "warn", "info"), code (stable), sentence, action
 * @retval CIHSM_OK        it was judged, whatever was found
 * @retval CIHSM_E_CONFIG  a file cannot be read, or which certificate is the leaf cannot be told
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_certificate_check_file(
    const char *path, const cihsm_certificate_rules *rules, cihsm_value **out, cihsm_error *err);

/** Which leaf on a token. Start with {0}: the only one. Strings are borrowed for the call. */
typedef struct cihsm_certificate_choice {
    const char *certificate; /**< its RFC 7512 URI */
    const char *key;         /**< URI of its private key; of several the one valid longest */
} cihsm_certificate_choice;

/**
 * Judges the chain of a leaf on the token; as cihsm_certificate_check_file.
 *
 * @param token   logged in
 * @param choice  which leaf
 * @param rules   what it is judged by
 * @param out     as of cihsm_certificate_check_file
 * @retval CIHSM_E_TOKEN  no such certificate, or several
 * @retval else           as for cihsm_certificate_check_file and cihsm_token_open
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_certificate_check_token(
    cihsm_token *token, const cihsm_certificate_choice *choice,
    const cihsm_certificate_rules *rules, cihsm_value **out, cihsm_error *err);

/**
 * Gets the chain of a leaf on the token in the order in which TLS sends it: leaf, intermediates, no
 * root.
 *
 * @param token   logged in
 * @param choice  which leaf
 * @param out     object: pem (text), leaf, chain, root as above
 * @retval CIHSM_E_TOKEN   no such certificate, or several
 * @retval CIHSM_E_CONFIG  the certificates on the token make no chain for it
 * @retval else            as for cihsm_token_open
 *
 * Source: RFC 8446 section 4.4.2.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_certificate_export(cihsm_token *token, const cihsm_certificate_choice *choice,
                         cihsm_value **out, cihsm_error *err);

/** What to import. Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_import_spec {
    const char *path;              /**< what the CA delivered; its name only, if bytes is given */
    const void *bytes;             /**< what the CA delivered; NULL: read the file */
    size_t len;                    /**< of bytes */
    const char *key;               /**< URI of the key that it is for; NULL: the one that it fits */
    bool dry;                      /**< store nothing: the chain is wanted in a file */
    cihsm_certificate_rules rules; /**< what the chain is judged by before it is stored */
} cihsm_import_spec;

/**
 * Reads the files of a specification, so that a wrong one is found before a PIN is asked for.
 *
 * @param spec  as for cihsm_certificate_import
 * @retval CIHSM_E_CONFIG  a file cannot be read or is none of its kind
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_import_spec_check(const cihsm_import_spec *spec,
                                                               cihsm_error *err);

/**
 * Finds the leaf in a file by the public key of a key on the token, sorts its chain (certificates
 * on the token count too), judges it and stores it: the leaf under the key's id, intermediates
 * under their subject key identifier, the root not at all. What is on the token already is left
 * alone. Nothing is stored if the chain has errors. After a failure in the middle what was stored
 * is removed again, or the message says what stays.
 *
 * @param token  logged in
 * @param spec   what to import
 * @param out    object: key (URI), pem, leaf, chain, root, errors, warnings, findings as above, and
 *               stored: array of subject, id (hex) and added (false: was there). Also set with
 *               CIHSM_E_CHECK
 * @retval CIHSM_E_CONFIG  a file cannot be read, or no certificate in it fits a key
 * @retval CIHSM_E_CHECK   the chain has errors; nothing was stored
 * @retval CIHSM_E_TOKEN   no key, several fit, or the token does not store
 * @retval else            as for cihsm_token_open
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_certificate_import(cihsm_token *token,
                                                                const cihsm_import_spec *spec,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

CIHSM_END_DECLS

#endif
