/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/find.h"
#include "pkcs11/lease.h"
#include "pkcs11/token.h"

enum { VALUE_MAX = 65536 };

/* *out stays NULL if the object is no certificate, which is told in the log. */
static cihsm_status read_certificate(const cihsm_token *token, CK_SESSION_HANDLE session,
                                     CK_OBJECT_HANDLE object, X509 **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    bool present = false;
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_VALUE, &value, &present, err));

    const unsigned char *der = (const unsigned char *)value.data;
    ERR_set_mark();
    *out = value.len == 0 ? NULL : d2i_X509(NULL, &der, (long)value.len);
    ERR_pop_to_mark();
    if (*out == NULL) {
        log_line(token->link.log, CIHSM_LOG_WARN, "token",
                 "a certificate object of %zu bytes on %s is no certificate", value.len,
                 token->uri);
    }
    return CIHSM_OK;
}

static cihsm_status read_names(const cihsm_token *token, CK_SESSION_HANDLE session,
                               CK_OBJECT_HANDLE object, pkcs11_certificate *of, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer id = buffer_new(VALUE_MAX);
    CIHSM_AUTO(buffer_free) buffer label = buffer_new(VALUE_MAX);
    bool present = false;
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_ID, &id, &present, err));
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_LABEL, &label, &present, err));
    of->id_len = id.len < sizeof of->id ? id.len : sizeof of->id;
    if (of->id_len > 0) {
        memcpy(of->id, id.data, of->id_len);
    }
    text_escape(of->label, sizeof of->label, buffer_text(&label), label.len);
    return CIHSM_OK;
}

static cihsm_status read_all(const cihsm_token *token, CK_SESSION_HANDLE session,
                             const pkcs11_objects *found, pkcs11_certificate_list *out,
                             cihsm_error *err)
{
    out->entries = calloc(found->count + 1, sizeof *out->entries);
    if (out->entries == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < found->count; i++) {
        pkcs11_certificate *entry = &out->entries[out->count];
        CIHSM_TRY(read_certificate(token, session, found->handles[i], &entry->certificate, err));
        if (entry->certificate != NULL) {
            out->count++;
            entry->handle = found->handles[i];
            CIHSM_TRY(read_names(token, session, found->handles[i], entry, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status find_certificates(const cihsm_token *token, CK_SESSION_HANDLE session,
                                      pkcs11_objects *out, cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
    CIHSM_TRY(pkcs11_find_all(&token->link, session, wanted, 2, out, err));
    return out->count > 0 ? CIHSM_OK : pkcs11_token_check_login(token, session, err);
}

static cihsm_status collect(const cihsm_token *token, CK_SESSION_HANDLE session,
                            STACK_OF(X509) * to, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(find_certificates(token, session, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        CIHSM_AUTO(x509_cleanup) X509 *certificate = NULL;
        CIHSM_TRY(read_certificate(token, session, found.handles[i], &certificate, err));
        if (certificate != NULL && sk_X509_push(to, certificate) <= 0) {
            return cihsm_fail_memory(err);
        }
        (void)CIHSM_MOVE(certificate); /* the list owns it */
    }
    return CIHSM_OK;
}

static cihsm_status collect_list(const cihsm_token *token, CK_SESSION_HANDLE session,
                                 pkcs11_certificate_list *out, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(find_certificates(token, session, &found, err));
    return read_all(token, session, &found, out, err);
}

cihsm_status pkcs11_certificate_list_read(cihsm_token *token, pkcs11_certificate_list *out,
                                          cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    const cihsm_status status = collect_list(token, lease.session, &list, &lease.failure);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    list.epoch = lease.epoch;
    *out = list;
    list = (pkcs11_certificate_list){.count = 0};
    return CIHSM_OK;
}

void pkcs11_certificate_list_free(pkcs11_certificate_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        X509_free(list->entries[i].certificate);
    }
    free(list->entries);
    *list = (pkcs11_certificate_list){.count = 0};
}

cihsm_status pkcs11_certificates(cihsm_token *token, STACK_OF(X509) * *out, cihsm_error *err)
{
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *list = sk_X509_new_null();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    const cihsm_status status = collect(token, lease.session, list, &lease.failure);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}
