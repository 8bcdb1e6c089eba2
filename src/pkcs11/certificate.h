/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/certificate - certificates stored on a token.
 */
#ifndef PKCS11_CERTIFICATE_H
#define PKCS11_CERTIFICATE_H

#include <openssl/x509.h>

#include "cihsm/token.h"

/** All X.509 certificate objects, in the token's order; one that cannot be parsed is logged and
 *  left out. Free with sk_X509_pop_free. */
CIHSM_NODISCARD cihsm_status pkcs11_certificates(cihsm_token *token, STACK_OF(X509) * *out,
                                                 cihsm_error *err);

#endif
