/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_fields - the steps from JSON text to a service key, for service_key_parse.c
 * and service_key_binding.c, which end at the first that fails, and service_key_report.c, which
 * goes on.
 *
 * All texts are borrowed from the document. Failures are CIHSM_E_CONFIG and name @p path.
 */
#ifndef IDENTITY_SERVICE_KEY_FIELDS_H
#define IDENTITY_SERVICE_KEY_FIELDS_H

#include <stddef.h>

#include "cihsm/error.h"
#include "cihsm/value.h"
#include "identity/service_key_struct.h"

/** NULL where absent. */
typedef struct service_key_fields {
    const char *url;
    const char *token_url;
    const char *client_id;
    const char *client_secret;
    const char *certificate;
    const char *key;
} service_key_fields;

/** Parses the text; free the document with json_free_wiped. */
CIHSM_NODISCARD cihsm_status service_key_document(const char *text, size_t len, const char *path,
                                                  cihsm_value **out, cihsm_error *err);

/** Finds the object that has the fields; refuses documents of other products and steps. */
CIHSM_NODISCARD cihsm_status service_key_object(const cihsm_value *document, const char *path,
                                                const cihsm_value **out, cihsm_error *err);

/** Takes one field; *out is unchanged if it is absent. Empty or no string is refused. */
CIHSM_NODISCARD cihsm_status service_key_field(const cihsm_value *object, const char *name,
                                               const char *path, const char **out,
                                               cihsm_error *err);

/** Refuses what is no plain https base URL. @param name  of the field */
CIHSM_NODISCARD cihsm_status service_key_check_url(const char *url, const char *name,
                                                   const char *path, cihsm_error *err);

/** Tells the type by the fields that are there. */
CIHSM_NODISCARD cihsm_status service_key_choose_kind(const service_key_fields *from,
                                                     const char *path, cihsm_service_key_type *out,
                                                     cihsm_error *err);

/** Makes a key with path and nothing else. */
CIHSM_NODISCARD cihsm_status service_key_new(const char *path, cihsm_service_key **out,
                                             cihsm_error *err);

/** Reads secret, certificates and private key, as the key's kind has them, into the key. */
CIHSM_NODISCARD cihsm_status service_key_take_credentials(const service_key_fields *from,
                                                          cihsm_service_key *to, cihsm_error *err);

#endif
