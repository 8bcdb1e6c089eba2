/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_binding - the binding (service key) of another service than the tenant, such
 * as the Destination service, read into the same type.
 */
#ifndef IDENTITY_SERVICE_KEY_BINDING_H
#define IDENTITY_SERVICE_KEY_BINDING_H

#include "identity/service_key.h"

/**
 * Reads a binding as people have it, flat or inside "credentials": uri (of the service), url (of
 * the token server), clientid, and clientsecret or, of an X.509 binding, certificate, key and
 * certurl, which then stands for url.
 *
 * @param out  its url is the binding's uri, its token URL "<url>/oauth/token"; its type is
 *             ClientId/Secret or Certificate
 * @retval CIHSM_E_CONFIG  missing, not JSON, a field is missing or wrong; the message names the
 *                         file, the field and what to do, and no secret
 *
 * Source: docs/sap-contract.md section 11.2.
 */
CIHSM_NODISCARD cihsm_status service_key_read_binding(const char *path, cihsm_service_key **out,
                                                      cihsm_error *err);

/** service_key_read_binding without the file. @param path  names the source in messages */
CIHSM_NODISCARD cihsm_status service_key_parse_binding(const char *text, size_t len,
                                                       const char *path, cihsm_service_key **out,
                                                       cihsm_error *err);

#endif
