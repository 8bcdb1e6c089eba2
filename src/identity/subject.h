/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/subject - a distinguished name as people type it into an X509_NAME.
 */
#ifndef IDENTITY_SUBJECT_H
#define IDENTITY_SUBJECT_H

#include <openssl/x509.h>

#include "cihsm/error.h"

#define SUBJECT_TEXT_MAX 4096 /**< bytes */

/**
 * Reads "CN=a,O=b,C=DE" (RFC 4514: most specific part first, so it is reversed into DER) or, when
 * it starts with a slash, OpenSSL's "/C=DE/O=b/CN=a" (kept in that order).
 *
 * UTF-8. "+" joins parts of one RDN. Blanks around separators do not count. A backslash makes the
 * next character plain; in the RFC 4514 form only its special characters may follow, or two hex
 * digits (\2C). Attribute types are the names of subject_types.c in any case, or dotted OIDs;
 * #hex values are not supported.
 *
 * @retval CIHSM_E_USAGE  malformed, unknown type, empty or too long value, control characters, a
 *                        country that is not two capital letters; the message names the part
 */
CIHSM_NODISCARD cihsm_status subject_parse(const char *text, X509_NAME **out, cihsm_error *err);

#endif
