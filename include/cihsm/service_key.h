/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/service_key.h - the service key of a Process Integration Runtime instance (plan api).
 *
 * Threads: a service key is not changed once it is read, so threads may share it.
 */
#ifndef CIHSM_SERVICE_KEY_H
#define CIHSM_SERVICE_KEY_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/token.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** The type that the service key was made with. */
typedef enum cihsm_service_key_type {
    CIHSM_SERVICE_KEY_EXTERNAL = 0, /**< External Certificate: the private key is elsewhere */
    CIHSM_SERVICE_KEY_CERTIFICATE,  /**< Certificate: SAP made the key, it stands in the JSON */
    CIHSM_SERVICE_KEY_SECRET        /**< ClientId/Secret */
} cihsm_service_key_type;

/** A service key that was read. */
typedef struct cihsm_service_key cihsm_service_key;

/**
 * Reads a service key file as people have it: fields flat, inside "oauth" or inside
 * "credentials" / "credentials.oauth"; PEM with line feeds, with a literal \n, on one line, CRLF.
 *
 * @param path  of the file
 * @param out   yours
 * @retval CIHSM_E_CONFIG  missing, empty, not JSON, no service key, damaged certificate; the
 *                         message names the file, the field and what to do
 *
 * Source: docs/sap-contract.md section 2.3.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_read(const char *path,
                                                              cihsm_service_key **out,
                                                              cihsm_error *err);

/** @return the type, told by the fields that there are. */
CIHSM_API cihsm_service_key_type cihsm_service_key_kind(const cihsm_service_key *key);
/** @return "External Certificate", "Certificate" or "ClientId/Secret". */
CIHSM_API const char *cihsm_service_key_kind_name(const cihsm_service_key *key);
/** @return the field "url": base of the API host, borrowed. */
CIHSM_API const char *cihsm_service_key_url(const cihsm_service_key *key);

/**
 * @param key  stays as it is
 * @param out  object, yours: type, urls, client id, certificate facts; never a secret
 * @return type, urls, client id, certificate facts; never a secret. The value is yours.
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_describe(const cihsm_service_key *key,
                                                                  cihsm_value **out,
                                                                  cihsm_error *err);

/** Wipes what is secret, frees, sets *key to NULL. NULL is fine. */
CIHSM_API void cihsm_service_key_free(cihsm_service_key **key);

/**
 * Makes the creation parameters of an External Certificate service key from a certificate file:
 * {"key-type":"certificate_external","X.509":"<PEM>"} with the leaf only.
 *
 * @param cert_path  PEM: a leaf or a chain in any order; exactly one leaf must be in it
 * @param out        object, yours
 * @retval CIHSM_E_CONFIG  missing, no certificate, several leaves
 *
 * Source: docs/sap-contract.md section 2.2.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_params(const char *cert_path,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

/**
 * cihsm_service_key_params of a text.
 *
 * @param pem    @p len bytes: a leaf or a chain in any order
 * @param where  names the text in messages
 * @param out    yours
 * @retval CIHSM_E_CONFIG  no certificate, several leaves
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_params_pem(const char *pem, size_t len,
                                                                    const char *where,
                                                                    cihsm_value **out,
                                                                    cihsm_error *err);

/** What a service key is judged by. Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_service_key_rules {
    const char *chain; /**< file with the chain to send: PEM, DER or PKCS#7; NULL: not compared */
    const char *lb_roots; /**< file with the roots that the load balancer accepts (the list of
                               SAP Note 2801396); NULL: not known, so not checked */
    cihsm_token *token;   /**< logged in; NULL: the key on the token is not compared */
    const char *key;      /**< URI of that key; NULL: the only one of the token */
    long warn_days;       /**< an end within so many days is a warning */
} cihsm_service_key_rules;

/**
 * Judges a service key without the tenant: fields, URLs, certificate, certificatedetails, chain,
 * dates and, if a token is given, whether the certificate belongs to its key. Does not end at the
 * first fault.
 *
 * @param path   of the service key file
 * @param rules  what to compare it with
 * @param out    object: source (the path), type, url, tokenUrl, clientId, leaf and chain (as far as
 *               they could be read), errors and warnings (numbers) and findings: array of level
 *               ("error", "warn", "info"), code (stable), sentence, action; never a secret
 * @retval CIHSM_OK        it was judged, whatever was found
 * @retval CIHSM_E_CONFIG  a file cannot be read, or is no service key at all
 * @retval CIHSM_E_TOKEN   no such key on the token, or several
 *
 * Source: docs/sap-contract.md sections 1.1, 2.2, 2.3 and 3.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_check(const char *path,
                                                               const cihsm_service_key_rules *rules,
                                                               cihsm_value **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
