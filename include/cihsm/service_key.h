/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/service_key.h - the service key of a Process Integration Runtime instance (plan api).
 */
#ifndef CIHSM_SERVICE_KEY_H
#define CIHSM_SERVICE_KEY_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

typedef enum cihsm_service_key_type {
    CIHSM_SERVICE_KEY_EXTERNAL = 0, /**< External Certificate: the private key is elsewhere */
    CIHSM_SERVICE_KEY_CERTIFICATE,  /**< Certificate: SAP made the key, it stands in the JSON */
    CIHSM_SERVICE_KEY_SECRET        /**< ClientId/Secret */
} cihsm_service_key_type;

typedef struct cihsm_service_key cihsm_service_key;

/**
 * Reads a service key file as people have it: fields flat, inside "oauth" or inside
 * "credentials" / "credentials.oauth"; PEM with line feeds, with a literal \n, on one line, CRLF.
 *
 * @retval CIHSM_E_CONFIG  missing, empty, not JSON, no service key, damaged certificate; the
 *                         message names the file, the field and what to do
 *
 * Source: docs/sap-contract.md section 2.3.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_read(const char *path,
                                                              cihsm_service_key **out,
                                                              cihsm_error *err);

CIHSM_API cihsm_service_key_type cihsm_service_key_kind(const cihsm_service_key *key);
/** @return "External Certificate", "Certificate" or "ClientId/Secret". */
CIHSM_API const char *cihsm_service_key_kind_name(const cihsm_service_key *key);
/** @return the field "url": base of the API host, borrowed. */
CIHSM_API const char *cihsm_service_key_url(const cihsm_service_key *key);

/** @return type, urls, client id, certificate facts; never a secret. The value is yours. */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_describe(const cihsm_service_key *key,
                                                                  cihsm_value **out,
                                                                  cihsm_error *err);

CIHSM_API void cihsm_service_key_free(cihsm_service_key **key);

/**
 * Makes the creation parameters of an External Certificate service key from a certificate file:
 * {"key-type":"certificate_external","X.509":"<PEM>"} with the leaf only.
 *
 * @param cert_path  PEM: a leaf or a chain in any order; exactly one leaf must be in it
 * @retval CIHSM_E_CONFIG  missing, no certificate, several leaves
 *
 * Source: docs/sap-contract.md section 2.2.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_key_params(const char *cert_path,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

CIHSM_END_DECLS

#endif
