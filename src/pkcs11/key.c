/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/find.h"
#include "pkcs11/key_object.h"

enum { CANDIDATES = 8, VALUE_MAX = 256 };

bool key_uri_selects(P11KitUri *uri)
{
    return p11_kit_uri_get_attribute(uri, CKA_ID) != NULL ||
           p11_kit_uri_get_attribute(uri, CKA_LABEL) != NULL;
}

static bool names_private_keys(P11KitUri *uri)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    const CK_ATTRIBUTE *type = p11_kit_uri_get_attribute(uri, CKA_CLASS);
    if (type == NULL) {
        return true;
    }
    return type->ulValueLen == sizeof class && memcmp(type->pValue, &class, sizeof class) == 0;
}

cihsm_status key_template_make(const cihsm_token *token, P11KitUri *uri, key_template *out,
                               cihsm_error *err)
{
    /* Not const: the standard's prototypes are not, but no module writes to a template. */
    static CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    static CK_BBOOL yes = CK_TRUE;

    if (!names_private_keys(uri)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the key URI has a type other than private; leave type out");
    }
    if (!pkcs11_slot_matches(uri, &token->slot)) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN, "the key URI names another token than %s",
                                token->uri);
    }
    *out = (key_template){
        .attributes = {{CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, sizeof yes}},
        .count = 2,
        .id = p11_kit_uri_get_attribute(uri, CKA_ID),
        .label = p11_kit_uri_get_attribute(uri, CKA_LABEL),
    };
    if (out->id != NULL) {
        out->attributes[out->count++] = *out->id;
    }
    if (out->label != NULL) {
        out->attributes[out->count++] = *out->label;
    }
    return CIHSM_OK;
}

/* Appends a candidate's URI; what cannot be read is left out of it. */
static cihsm_status add_candidate(const cihsm_token *token, CK_SESSION_HANDLE session,
                                  CK_OBJECT_HANDLE object, buffer *list, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer id = buffer_new(VALUE_MAX);
    CIHSM_AUTO(buffer_free) buffer label = buffer_new(VALUE_MAX);
    bool has_id = false;
    bool has_label = false;
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_ID, &id, &has_id, err));
    CIHSM_TRY(pkcs11_attribute(&token->link, session, object, CKA_LABEL, &label, &has_label, err));

    CIHSM_AUTO(text_free) char *uri = NULL;
    const CK_ATTRIBUTE id_attribute = {CKA_ID, id.data, id.len};
    const CK_ATTRIBUTE label_attribute = {CKA_LABEL, label.data, label.len};
    CIHSM_TRY(pkcs11_uri_of_key(NULL, has_id && id.len > 0 ? &id_attribute : NULL,
                                has_label && label.len > 0 ? &label_attribute : NULL, &uri, err));
    CIHSM_AUTO(text_free) char *item = NULL;
    CIHSM_TRY(text_format(&item, err, "%s%s", list->len == 0 ? "" : ", ", uri));
    return buffer_append_text(list, item, err);
}

/* For messages only. Stops at what cannot be read: the message then lists what it has. */
static void list_candidates(const cihsm_token *token, CK_SESSION_HANDLE session,
                            const CK_OBJECT_HANDLE *objects, CK_ULONG count, buffer *list)
{
    cihsm_status status = CIHSM_OK;
    for (CK_ULONG i = 0; i < count && status == CIHSM_OK; i++) {
        status = add_candidate(token, session, objects[i], list, NULL);
    }
}

cihsm_status key_fail_several(const cihsm_token *token, CK_SESSION_HANDLE session,
                              const CK_OBJECT_HANDLE *objects, CK_ULONG count, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer list = buffer_new(CIHSM_ERROR_MESSAGE_MAX);
    list_candidates(token, session, objects, count, &list);
    return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                            "several keys match (did the shell cut the URI at an unquoted ';'?); "
                            "choose one: %s",
                            buffer_text(&list));
}

cihsm_status key_fail_none(const cihsm_token *token, CK_SESSION_HANDLE session,
                           const key_template *asked, cihsm_error *err)
{
    CK_OBJECT_HANDLE objects[CANDIDATES];
    CK_ULONG found = 0;
    key_template any = *asked;
    any.count = 2; /* class and token only */
    CIHSM_TRY(pkcs11_token_check_login(token, session, err));
    CIHSM_TRY(pkcs11_find_some(&token->link, session, any.attributes, any.count, objects,
                               CANDIDATES, &found, err));
    if (found == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the token holds no private key; make one with \"cihsm key "
                                "generate\"");
    }
    CIHSM_AUTO(buffer_free) buffer list = buffer_new(CIHSM_ERROR_MESSAGE_MAX);
    list_candidates(token, session, objects, found, &list);
    return cihsm_fail_plain(err, CIHSM_E_TOKEN, "no such key on the token; it holds %s",
                            buffer_text(&list));
}

static cihsm_status find_one(const cihsm_token *token, CK_SESSION_HANDLE session,
                             key_template *asked, CK_OBJECT_HANDLE *out, cihsm_error *err)
{
    CK_OBJECT_HANDLE objects[CANDIDATES];
    CK_ULONG found = 0;
    CIHSM_TRY(pkcs11_find_some(&token->link, session, asked->attributes, asked->count, objects,
                               CANDIDATES, &found, err));
    if (found == 0) {
        return key_fail_none(token, session, asked, err);
    }
    if (found > 1) {
        return key_fail_several(token, session, objects, found, err);
    }
    *out = objects[0];
    return CIHSM_OK;
}

static void keep_handle(pkcs11_key *key, const pkcs11_lease *lease, CK_OBJECT_HANDLE handle)
{
    atomic_fetch_add(&key->lookups, 1); /* first: whoever signs with the handle is seen to do so */
    atomic_store(&key->handle, handle);
    atomic_store(&key->epoch, lease->epoch); /* last: who sees it sees its handle */
}

/* By its canonical URI: what was asked for at first. */
static cihsm_status find_again(pkcs11_key *key, const pkcs11_lease *lease, CK_OBJECT_HANDLE *out,
                               cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *own = NULL;
    CIHSM_TRY(pkcs11_uri_parse(key->uri, &own, err));
    key_template asked;
    CIHSM_TRY(key_template_make(key->token, own, &asked, err));
    CIHSM_TRY(find_one(key->token, lease->session, &asked, out, err));
    keep_handle(key, lease, *out);
    return CIHSM_OK;
}

cihsm_status pkcs11_key_handle(pkcs11_key *key, const pkcs11_lease *lease, CK_OBJECT_HANDLE *out,
                               cihsm_error *err)
{
    if (atomic_load(&key->epoch) != lease->epoch) {
        return find_again(key, lease, out, err);
    }
    *out = atomic_load(&key->handle);
    return CIHSM_OK;
}

cihsm_status pkcs11_key_find(cihsm_token *token, const char *uri, pkcs11_key **out,
                             cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    key_template asked;
    CIHSM_TRY(key_template_make(token, parsed, &asked, err));
    if (!key_uri_selects(parsed)) {
        CIHSM_TRY(key_template_make(token, token->asked, &asked, err));
    }

    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return cihsm_fail_memory(err);
    }
    key->token = token;
    CIHSM_TRY(pkcs11_uri_of_key(&token->slot.info, asked.id, asked.label, &key->uri, err));

    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    const cihsm_status status = find_one(token, lease.session, &asked, &handle, &lease.failure);
    keep_handle(key, &lease, handle);
    CIHSM_TRY(pkcs11_lease_return(&lease, status, err));
    log_line(token->link.log, CIHSM_LOG_DEBUG, "token", "using key %s", key->uri);
    *out = CIHSM_MOVE(key);
    return CIHSM_OK;
}

const char *pkcs11_key_uri(const pkcs11_key *key)
{
    return key->uri;
}

static cihsm_status describe(pkcs11_key *key, const pkcs11_lease *lease, cihsm_key_list **out,
                             cihsm_error *err)
{
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_key_handle(key, lease, &handle, err));
    return key_list_read(lease, &handle, 1, out, err);
}

cihsm_status pkcs11_key_describe(pkcs11_key *key, cihsm_key_list **out, cihsm_error *err)
{
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(key->token, &lease, err));
    const cihsm_status status = describe(key, &lease, out, &lease.failure);
    return pkcs11_lease_return(&lease, status, err);
}

const cihsm_log *pkcs11_key_log(const pkcs11_key *key)
{
    return key->token->link.log;
}

void pkcs11_key_free(pkcs11_key **key)
{
    if (key == NULL || *key == NULL) {
        return;
    }
    text_free(&(*key)->uri);
    free(*key);
    *key = NULL;
}

cihsm_status pkcs11_key_names_token(const char *uri, bool *out, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    *out = pkcs11_uri_names_token(parsed);
    return CIHSM_OK;
}

static cihsm_status signer_sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                                size_t *sig_len, cihsm_error *err)
{
    return pkcs11_key_sign(context, request, sig, sig_len, err);
}

static void signer_release(void *context)
{
    pkcs11_key *key = context;
    pkcs11_key_free(&key);
}

static unsigned long signer_lookups(void *context)
{
    const pkcs11_key *key = context;
    return atomic_load(&key->lookups);
}

cihsm_signer pkcs11_key_signer(pkcs11_key **key)
{
    return (cihsm_signer){.sign = signer_sign,
                          .release = signer_release,
                          .context = CIHSM_MOVE(*key),
                          .lookups = signer_lookups};
}
