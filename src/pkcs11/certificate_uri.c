/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/certificate_uri.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "pkcs11/key_object.h"
#include "pkcs11/token.h"

cihsm_status pkcs11_certificate_uri(const cihsm_token *token, const pkcs11_certificate *of,
                                    char **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *label = NULL;
    CIHSM_TRY(text_set(&label, of->label, err));
    uint8_t id[CIHSM_KEY_ID_MAX];
    memcpy(id, of->id, sizeof id);
    const CK_ATTRIBUTE id_attribute = {CKA_ID, id, of->id_len};
    const CK_ATTRIBUTE label_attribute = {CKA_LABEL, label, strlen(label)};
    return pkcs11_uri_of_certificate(&token->slot.info, of->id_len == 0 ? NULL : &id_attribute,
                                     label[0] == '\0' ? NULL : &label_attribute, out, err);
}

static bool is_value(const CK_ATTRIBUTE *wanted, const void *bytes, size_t len)
{
    return wanted == NULL ||
           (wanted->ulValueLen == len && (len == 0 || memcmp(wanted->pValue, bytes, len) == 0));
}

static bool is_selected(P11KitUri *uri, const pkcs11_certificate *of)
{
    return is_value(p11_kit_uri_get_attribute(uri, CKA_ID), of->id, of->id_len) &&
           is_value(p11_kit_uri_get_attribute(uri, CKA_LABEL), of->label, strlen(of->label));
}

static cihsm_status check_uri(const cihsm_token *token, P11KitUri *uri, cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    const CK_ATTRIBUTE *type = p11_kit_uri_get_attribute(uri, CKA_CLASS);
    if (type != NULL && !is_value(type, &class, sizeof class)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the certificate URI has a type other than cert; leave type out");
    }
    if (!key_uri_selects(uri)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the certificate URI has neither id nor object; \"cihsm cert "
                                "list\" shows whole ones");
    }
    if (!pkcs11_slot_matches(uri, &token->slot)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the certificate URI names another token than %s", token->uri);
    }
    return CIHSM_OK;
}

static cihsm_status append_uri(const cihsm_token *token, const pkcs11_certificate *of, buffer *to,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *uri = NULL;
    CIHSM_AUTO(text_free) char *item = NULL;
    CIHSM_TRY(pkcs11_certificate_uri(token, of, &uri, err));
    CIHSM_TRY(text_format(&item, err, "%s%s", to->len == 0 ? "" : ", ", uri));
    return buffer_append_text(to, item, err);
}

/* For messages only: lists what there is room for. */
static cihsm_status fail_choice(const cihsm_token *token, const pkcs11_certificate_list *list,
                                P11KitUri *uri, size_t found, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer uris = buffer_new(CIHSM_ERROR_MESSAGE_MAX);
    cihsm_status status = CIHSM_OK;
    for (size_t i = 0; i < list->count && status == CIHSM_OK; i++) {
        if (found == 0 || is_selected(uri, &list->entries[i])) {
            status = append_uri(token, &list->entries[i], &uris, NULL);
        }
    }
    if (list->count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the token holds no certificate; store one with \"cihsm cert "
                                "import\"");
    }
    return cihsm_fail_plain(err, CIHSM_E_TOKEN, "%s: %s",
                            found == 0 ? "no such certificate on the token; it holds"
                                       : "several certificates match; choose one",
                            buffer_text(&uris));
}

cihsm_status pkcs11_certificate_find(const cihsm_token *token, const pkcs11_certificate_list *list,
                                     const char *uri, size_t *out, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    CIHSM_TRY(check_uri(token, parsed, err));
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_selected(parsed, &list->entries[i])) {
            *out = i;
            found++;
        }
    }
    return found == 1 ? CIHSM_OK : fail_choice(token, list, parsed, found, err);
}
