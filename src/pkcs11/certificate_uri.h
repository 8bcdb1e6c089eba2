/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/certificate_uri - RFC 7512 URIs of certificates on a token. Borrows token and list.
 */
#ifndef PKCS11_CERTIFICATE_URI_H
#define PKCS11_CERTIFICATE_URI_H

#include "pkcs11/certificate.h"

/** The canonical URI of a certificate; *out is the caller's, freed with text_free. */
CIHSM_NODISCARD cihsm_status pkcs11_certificate_uri(const cihsm_token *token,
                                                    const pkcs11_certificate *of, char **out,
                                                    cihsm_error *err);

/**
 * Finds the one certificate that a URI selects by id and object.
 *
 * @param out  its place in the list
 * @retval CIHSM_E_USAGE  malformed, selects nothing, or its type is not cert
 * @retval CIHSM_E_TOKEN  none or several; the message lists them
 */
CIHSM_NODISCARD cihsm_status pkcs11_certificate_find(const cihsm_token *token,
                                                     const pkcs11_certificate_list *list,
                                                     const char *uri, size_t *out,
                                                     cihsm_error *err);

#endif
