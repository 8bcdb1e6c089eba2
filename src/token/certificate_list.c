/* SPDX-License-Identifier: Apache-2.0 */
#include "token/certificate_list.h"

#include <stdlib.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "pkcs11/find.h"
#include "pkcs11/token.h"

enum { VALUE_MAX = 65536, NAME_MAX_BYTES = 4096 };

static void object_free(certificate_object *of)
{
    buffer_free(&of->der);
    buffer_free(&of->id);
    buffer_free(&of->label);
    X509_free(of->shown.certificate);
    of->shown.certificate = NULL;
}

void token_certificate_list_free(token_certificate_list **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    for (size_t i = 0; i < (*of)->count; i++) {
        object_free(&(*of)->objects[i]);
    }
    free((*of)->objects);
    free(*of);
    *of = NULL;
}

static cihsm_status read_values(const cihsm_token *token, CK_SESSION_HANDLE session,
                                certificate_object *of, cihsm_error *err)
{
    const struct {
        CK_ATTRIBUTE_TYPE type;
        buffer *to;
    } wanted[] = {{CKA_VALUE, &of->der}, {CKA_ID, &of->id}, {CKA_LABEL, &of->label}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool present = false;
        CIHSM_TRY(pkcs11_attribute(&token->link, session, of->handle, wanted[i].type, wanted[i].to,
                                   &present, err));
    }
    return CIHSM_OK;
}

static void show(certificate_object *of)
{
    const unsigned char *der = (const unsigned char *)of->der.data;
    ERR_set_mark();
    of->shown = (token_certificate){
        .certificate = of->der.len == 0 ? NULL : d2i_X509(NULL, &der, (long)of->der.len),
        .id = (const uint8_t *)of->id.data,
        .id_len = of->id.len,
        .label = buffer_text(&of->label),
    };
    ERR_pop_to_mark();
}

/* Adds the object, or leaves out what is no certificate. */
static cihsm_status add(const cihsm_token *token, CK_SESSION_HANDLE session,
                        CK_OBJECT_HANDLE handle, token_certificate_list *to, cihsm_error *err)
{
    certificate_object *of = &to->objects[to->count];
    *of = (certificate_object){.handle = handle,
                               .der = buffer_new(VALUE_MAX),
                               .id = buffer_new(NAME_MAX_BYTES),
                               .label = buffer_new(NAME_MAX_BYTES)};
    to->count++; /* from here on freed with the list */
    CIHSM_TRY(read_values(token, session, of, err));
    show(of);
    if (of->shown.certificate == NULL) {
        log_line(token->link.log, CIHSM_LOG_WARN, "token",
                 "a certificate object of %zu bytes on %s is no certificate", of->der.len,
                 token->uri);
        object_free(of);
        to->count--;
    }
    return CIHSM_OK;
}

static cihsm_status collect(const cihsm_token *token, CK_SESSION_HANDLE session,
                            token_certificate_list *to, cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(pkcs11_find_all(&token->link, session, wanted, 2, &found, err));
    to->objects = calloc(found.count + 1, sizeof *to->objects);
    if (to->objects == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < found.count; i++) {
        CIHSM_TRY(add(token, session, found.handles[i], to, err));
    }
    return CIHSM_OK;
}

cihsm_status token_list_certificates(cihsm_token *token, token_certificate_list **out,
                                     cihsm_error *err)
{
    CIHSM_AUTO(token_certificate_list_free) token_certificate_list *list = calloc(1, sizeof *list);
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

size_t token_certificate_list_count(const token_certificate_list *list)
{
    return list->count;
}

const token_certificate *token_certificate_list_at(const token_certificate_list *list, size_t at)
{
    return at < list->count ? &list->objects[at].shown : NULL;
}
