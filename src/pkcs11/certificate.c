/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/certificate.h"

#include <openssl/err.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "pkcs11/find.h"
#include "pkcs11/token.h"

enum { VALUE_MAX = 65536 };

static cihsm_status add(const cihsm_token *token, CK_SESSION_HANDLE session,
                        CK_OBJECT_HANDLE object, STACK_OF(X509) * to, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    bool present = false;
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_VALUE, &value, &present, err));

    const unsigned char *der = (const unsigned char *)value.data;
    ERR_set_mark();
    CIHSM_AUTO(x509_cleanup)
    X509 *certificate = value.len == 0 ? NULL : d2i_X509(NULL, &der, (long)value.len);
    ERR_pop_to_mark();
    if (certificate == NULL) {
        log_line(token->link.log, CIHSM_LOG_WARN, "token",
                 "a certificate object of %zu bytes on %s is no certificate", value.len,
                 token->uri);
        return CIHSM_OK;
    }
    if (sk_X509_push(to, certificate) <= 0) {
        return cihsm_fail_memory(err);
    }
    (void)CIHSM_MOVE(certificate); /* the list owns it */
    return CIHSM_OK;
}

static cihsm_status collect(const cihsm_token *token, CK_SESSION_HANDLE session,
                            STACK_OF(X509) * to, cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(pkcs11_find_all(&token->link, session, wanted, 2, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        CIHSM_TRY(add(token, session, found.handles[i], to, err));
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_certificates(cihsm_token *token, STACK_OF(X509) * *out, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *list = sk_X509_new_null();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_pool_take(token->pool, &session, err));
    const cihsm_status status = collect(token, session, list, err);
    pkcs11_pool_return(token->pool, session, status);
    CIHSM_TRY(status);
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}
