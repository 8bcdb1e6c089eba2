/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/uri - RFC 7512 URIs: p11-kit decodes and encodes, this refuses what p11-kit lets pass.
 */
#ifndef PKCS11_URI_H
#define PKCS11_URI_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "base/foreign.h"
#include "cihsm/api.h"
#include "cihsm/error.h"

FOREIGN_CLEANUP(p11_uri, P11KitUri, p11_kit_uri_free)

/**
 * Parses a URI that a person typed. NULL yields a URI that matches everything.
 *
 * @retval CIHSM_E_USAGE  malformed, or an attribute is unknown, repeated or does not belong into a
 *                        URI (PIN, module); the message names the attribute, never its value
 */
CIHSM_NODISCARD cihsm_status pkcs11_uri_parse(const char *text, P11KitUri **out, cihsm_error *err);

/** True if it selects by token, serial, manufacturer, model or slot-id. */
bool pkcs11_uri_names_token(P11KitUri *uri);

/** The canonical URI of a token. */
CIHSM_NODISCARD cihsm_status pkcs11_uri_of_token(const CK_TOKEN_INFO *info, char **out,
                                                 cihsm_error *err);

/** Label and serial only: short, and mostly enough to select it. */
CIHSM_NODISCARD cihsm_status pkcs11_uri_of_token_short(const CK_TOKEN_INFO *info, char **out,
                                                       cihsm_error *err);

/** "pkcs11:slot-id=N": all that can name a token that is not initialised. */
CIHSM_NODISCARD cihsm_status pkcs11_uri_of_slot(CK_SLOT_ID slot, char **out, cihsm_error *err);

/** The canonical URI of a private key; @p info, @p id and @p label may be NULL: left out. */
CIHSM_NODISCARD cihsm_status pkcs11_uri_of_key(const CK_TOKEN_INFO *info, const CK_ATTRIBUTE *id,
                                               const CK_ATTRIBUTE *label, char **out,
                                               cihsm_error *err);

/** The same for a certificate. */
CIHSM_NODISCARD cihsm_status pkcs11_uri_of_certificate(const CK_TOKEN_INFO *info,
                                                       const CK_ATTRIBUTE *id,
                                                       const CK_ATTRIBUTE *label, char **out,
                                                       cihsm_error *err);

#endif
