/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/trust - whom we believe to be the server: the file of roots, and why a server was not
 * believed. Plain data, start with {0}; borrowed by the SSL_CTX it was given to.
 */
#ifndef HTTP_TRUST_H
#define HTTP_TRUST_H

#include <openssl/ssl.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

#define HTTP_TRUST_NAME_MAX 160 /**< bytes, NUL included */

typedef struct http_trust {
    int error;                        /**< X509_V_ERR_*; X509_V_OK: the chain was accepted */
    char issuer[HTTP_TRUST_NAME_MAX]; /**< who issued the certificate that was not accepted */
    char server_issuer[HTTP_TRUST_NAME_MAX]; /**< who issued the server's own certificate */
} http_trust;

/** @retval CIHSM_E_CONFIG  the file cannot be read or holds no PEM certificate */
CIHSM_NODISCARD cihsm_status http_trust_check_file(const char *path, cihsm_error *err);

/** Insists on the verification of the server and records the first failure of it. */
CIHSM_NODISCARD cihsm_status http_trust_apply(SSL_CTX *ctx, http_trust *trust, cihsm_error *err);

#endif
