/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/certificate - certificates stored on a token.
 */
#ifndef PKCS11_CERTIFICATE_H
#define PKCS11_CERTIFICATE_H

#include <openssl/x509.h>

#include "cihsm/key.h"
#include "cihsm/token.h"

/** All X.509 certificate objects, in the token's order; one that cannot be parsed is logged and
 *  left out. Free with sk_X509_pop_free. */
CIHSM_NODISCARD cihsm_status pkcs11_certificates(cihsm_token *token, STACK_OF(X509) * *out,
                                                 cihsm_error *err);

/** A certificate object on the token. */
typedef struct pkcs11_certificate {
    unsigned long handle; /**< CK_OBJECT_HANDLE */
    X509 *certificate;
    uint8_t id[CIHSM_KEY_ID_MAX];
    size_t id_len; /**< bytes; 0: none */
    char label[CIHSM_KEY_LABEL_MAX];
} pkcs11_certificate;

typedef struct pkcs11_certificate_list {
    pkcs11_certificate *entries;
    size_t count;
    unsigned long epoch; /**< of the token's objects, for which the handles are good */
} pkcs11_certificate_list;

/** The same certificates with id and label. Free with pkcs11_certificate_list_free. */
CIHSM_NODISCARD cihsm_status pkcs11_certificate_list_read(cihsm_token *token,
                                                          pkcs11_certificate_list *out,
                                                          cihsm_error *err);
void pkcs11_certificate_list_free(pkcs11_certificate_list *list);

#endif
