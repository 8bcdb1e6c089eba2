/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_dn - a distinguished name as some other program prints it, compared with the
 * name in a certificate. Borrows everything.
 */
#ifndef IDENTITY_SERVICE_KEY_DN_H
#define IDENTITY_SERVICE_KEY_DN_H

#include <openssl/x509.h>

#include "cihsm/error.h"

typedef enum dn_match { DN_SAME = 0, DN_DIFFERENT, DN_UNREADABLE } dn_match;

/**
 * Compares by the parsed parts: "CN=a,O=b" of RFC 4514 and RFC 1779 (quotes), with or without
 * blanks, "/O=b/CN=a", first or last part first; case and repeated blanks of values do not count.
 */
CIHSM_NODISCARD cihsm_status dn_compare(const char *text, const X509_NAME *name, dn_match *out,
                                        cihsm_error *err);

#endif
