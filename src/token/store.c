/* SPDX-License-Identifier: Apache-2.0 */
#include "token/store.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "pkcs11/certificate.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"
#include "pkcs11/lease.h"
#include "pkcs11/token.h"
#include "pkcs11/uri.h"

/* A certificate as the bytes that PKCS#11 wants. */
typedef struct encoded {
    unsigned char *value, *subject, *issuer, *serial;
    int value_len, subject_len, issuer_len, serial_len;
} encoded;

static void encoded_free(encoded *of)
{
    OPENSSL_free(of->value);
    OPENSSL_free(of->subject);
    OPENSSL_free(of->issuer);
    OPENSSL_free(of->serial);
}

static cihsm_status encode(X509 *certificate, encoded *out, cihsm_error *err)
{
    out->value_len = i2d_X509(certificate, &out->value);
    out->subject_len = i2d_X509_NAME(X509_get_subject_name(certificate), &out->subject);
    out->issuer_len = i2d_X509_NAME(X509_get_issuer_name(certificate), &out->issuer);
    out->serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &out->serial);
    if (out->value_len <= 0 || out->subject_len <= 0 || out->issuer_len <= 0 ||
        out->serial_len <= 0) {
        return cihsm_fail_openssl(err, CIHSM_E_ARGUMENT, "a certificate cannot be encoded");
    }
    return CIHSM_OK;
}

/* What is to be stored or removed, and where. All borrowed. */
typedef struct wish {
    cihsm_token *token;
    X509 *certificate;
    const uint8_t *id; /* NULL when removing: any */
    size_t id_len;
    const char *label;
} wish;

static bool is_wished(const wish *of, const pkcs11_certificate *object)
{
    const bool same_id = of->id == NULL || (of->id_len == object->id_len &&
                                            memcmp(of->id, object->id, of->id_len) == 0);
    return same_id && X509_cmp(object->certificate, of->certificate) == 0;
}

static cihsm_status count_wished(const wish *of, size_t *count, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    CIHSM_TRY(pkcs11_certificate_list_read(of->token, &list, err));
    *count = 0;
    for (size_t i = 0; i < list.count; i++) {
        *count += is_wished(of, &list.entries[i]);
    }
    return CIHSM_OK;
}

/* The standard's prototypes lack the const. */
static CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void *bytes, size_t len)
{
    CK_ATTRIBUTE made = {type, NULL, (CK_ULONG)len};
    memcpy(&made.pValue, &bytes, sizeof bytes);
    return made;
}

static CK_RV create(const wish *of, const encoded *der, CK_SESSION_HANDLE session)
{
    static const CK_OBJECT_CLASS CLASS = CKO_CERTIFICATE;
    static const CK_CERTIFICATE_TYPE TYPE = CKC_X_509;
    static const CK_BBOOL YES = CK_TRUE;
    static const CK_BBOOL NO = CK_FALSE;
    CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
    CK_ATTRIBUTE template[] = {
        attribute(CKA_CLASS, &CLASS, sizeof CLASS),
        attribute(CKA_CERTIFICATE_TYPE, &TYPE, sizeof TYPE),
        attribute(CKA_TOKEN, &YES, sizeof YES),
        attribute(CKA_PRIVATE, &NO, sizeof NO),
        attribute(CKA_SUBJECT, der->subject, (size_t)der->subject_len),
        attribute(CKA_ISSUER, der->issuer, (size_t)der->issuer_len),
        attribute(CKA_SERIAL_NUMBER, der->serial, (size_t)der->serial_len), /* NSS wants it */
        attribute(CKA_VALUE, der->value, (size_t)der->value_len),
        attribute(CKA_LABEL, of->label, strlen(of->label)),
        attribute(CKA_ID, of->id, of->id_len),
    };
    return pkcs11_c_create_object(&of->token->link, session, template,
                                  sizeof template / sizeof *template, &made);
}

/* Says what happened and what is on the token now: a failed call may have stored it all the same.
 */
static cihsm_status fail_store(const wish *of, CK_RV rv, bool *may_be_there, cihsm_error *err)
{
    size_t there = 0;
    const char *state = "but it is on the token";
    *may_be_there = true;
    if (count_wished(of, &there, NULL) != CIHSM_OK) {
        state = "it cannot be told whether it is on the token";
    } else if (there == 0) {
        state = "it is not on the token";
        *may_be_there = false;
    }
    CIHSM_AUTO(text_free) char *uri = NULL;
    CIHSM_TRY(pkcs11_uri_of_token_short(&of->token->slot.info, &uri, err));
    return pkcs11_fail(err, rv, "cannot store certificate \"%.80s\" on %s (%s)", of->label, uri,
                       state);
}

static cihsm_status take_writable(const wish *of, pkcs11_lease *out, cihsm_error *err)
{
    if ((of->token->slot.info.flags & CKF_WRITE_PROTECTED) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%s is write-protected, nothing was changed on it; allow writing "
                                "with the vendor's tool",
                                of->token->uri);
    }
    return pkcs11_lease_take_writable(of->token, out, err);
}

static cihsm_status store(const wish *of, bool *added, cihsm_error *err)
{
    CIHSM_AUTO(encoded_free) encoded der = {.value = NULL};
    CIHSM_TRY(encode(of->certificate, &der, err));
    pkcs11_lease lease;
    CIHSM_TRY(take_writable(of, &lease, err));
    const CK_RV rv = create(of, &der, lease.session);
    cihsm_status status =
        rv == CKR_OK ? CIHSM_OK : pkcs11_fail(&lease.failure, rv, "cannot store a certificate");
    status = pkcs11_lease_return(&lease, status, NULL);
    if (status != CIHSM_OK) {
        return fail_store(of, rv, added, err);
    }
    *added = true;
    size_t there = 0;
    status = count_wished(of, &there, NULL);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK || there == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%s took certificate \"%.80s\" but does not give it back; look at "
                                "it with \"cihsm cert list\"",
                                of->token->uri, of->label);
    }
    return CIHSM_OK;
}

cihsm_status token_store_certificate(cihsm_token *token, X509 *certificate, const uint8_t *id,
                                     size_t id_len, const char *label, bool *added,
                                     cihsm_error *err)
{
    const wish of = {token, certificate, id, id_len, label};
    size_t there = 0;
    CIHSM_TRY(count_wished(&of, &there, err));
    bool is_new = false;
    const cihsm_status status = there == 0 ? store(&of, &is_new, err) : CIHSM_OK;
    if (added != NULL) {
        *added = is_new;
    }
    CIHSM_TRY(status);
    log_line(token->link.log, CIHSM_LOG_DEBUG, "token", "certificate \"%s\" %s %s", label,
             is_new ? "stored on" : "was already on", token->uri);
    return CIHSM_OK;
}

static cihsm_status destroy(const wish *of, const pkcs11_certificate_list *list,
                            const pkcs11_lease *lease, size_t *removed, cihsm_error *err)
{
    if (lease->epoch != list->epoch) { /* the handles may be those of other objects now */
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%s was lost and is back, nothing was changed on it; repeat",
                                of->token->uri);
    }
    for (size_t i = 0; i < list->count; i++) {
        const pkcs11_certificate *object = &list->entries[i];
        if (!is_wished(of, object)) {
            continue;
        }
        const CK_RV rv = pkcs11_c_destroy_object(&of->token->link, lease->session, object->handle);
        if (rv != CKR_OK) {
            return pkcs11_fail(err, rv, "cannot remove certificate \"%.80s\" from %s",
                               object->label, of->token->uri);
        }
        ++*removed;
    }
    return CIHSM_OK;
}

cihsm_status token_remove_certificate(cihsm_token *token, X509 *certificate, const uint8_t *id,
                                      size_t id_len, size_t *removed, cihsm_error *err)
{
    const wish of = {token, certificate, id, id_len, NULL};
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list list = {.count = 0};
    CIHSM_TRY(pkcs11_certificate_list_read(token, &list, err));
    pkcs11_lease lease;
    CIHSM_TRY(take_writable(&of, &lease, err));
    size_t count = 0;
    const cihsm_status status = destroy(&of, &list, &lease, &count, &lease.failure);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    if (count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND, "the certificate is not on %s", token->uri);
    }
    if (removed != NULL) {
        *removed = count;
    }
    return CIHSM_OK;
}
