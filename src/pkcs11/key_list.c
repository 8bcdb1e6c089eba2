/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/key_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "pkcs11/curve.h"
#include "pkcs11/find.h"
#include "pkcs11/key_object.h"
#include "pkcs11/lease.h"

enum { VALUE_MAX = 4096 };

struct cihsm_key_list {
    cihsm_key_info *entries;
    char **uris; /* owned; entries[i].uri points to uris[i] */
    CK_OBJECT_HANDLE *handles;
    unsigned long epoch; /* of the token's objects, for which the handles are good */
    size_t count;
};

/* One private key object being described. */
typedef struct object {
    const cihsm_token *token;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE handle;
} object;

static cihsm_status read_value(const object *of, CK_ATTRIBUTE_TYPE type, buffer *out,
                               cihsm_error *err)
{
    bool present = false;
    return pkcs11_attribute(&of->token->link, of->session, of->handle, type, out, &present, err);
}

static cihsm_status read_flag(const object *of, CK_ATTRIBUTE_TYPE type, cihsm_tristate *out,
                              cihsm_error *err)
{
    return pkcs11_attribute_flag(&of->token->link, of->session, of->handle, type, out, err);
}

static cihsm_status read_flags(const object *of, cihsm_key_info *info, cihsm_error *err)
{
    CIHSM_TRY(read_flag(of, CKA_SENSITIVE, &info->sensitive, err));
    CIHSM_TRY(read_flag(of, CKA_EXTRACTABLE, &info->extractable, err));
    CIHSM_TRY(read_flag(of, CKA_ALWAYS_SENSITIVE, &info->always_sensitive, err));
    CIHSM_TRY(read_flag(of, CKA_NEVER_EXTRACTABLE, &info->never_extractable, err));
    CIHSM_TRY(read_flag(of, CKA_LOCAL, &info->local, err));
    CIHSM_TRY(read_flag(of, CKA_ALWAYS_AUTHENTICATE, &info->always_authenticate, err));
    return read_flag(of, CKA_SIGN, &info->sign, err);
}

/* How the key came to be; keys that were brought in have CK_UNAVAILABLE_INFORMATION. */
static cihsm_status read_mechanism(const object *of, cihsm_key_info *info, cihsm_error *err)
{
    static const struct {
        CK_MECHANISM_TYPE type;
        const char *name;
    } NAMES[] = {
        {CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN"},
        {CKM_RSA_X9_31_KEY_PAIR_GEN, "CKM_RSA_X9_31_KEY_PAIR_GEN"},
        {CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN"},
    };
    CK_ULONG mechanism = CK_UNAVAILABLE_INFORMATION;
    bool present = false;
    CIHSM_TRY(pkcs11_attribute_ulong(&of->token->link, of->session, of->handle,
                                     CKA_KEY_GEN_MECHANISM, &mechanism, &present, err));
    if (!present || mechanism == CK_UNAVAILABLE_INFORMATION) {
        return CIHSM_OK;
    }
    snprintf(info->mechanism, sizeof info->mechanism, "0x%08lx", mechanism);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (NAMES[i].type == mechanism) {
            snprintf(info->mechanism, sizeof info->mechanism, "%s", NAMES[i].name);
        }
    }
    return CIHSM_OK;
}

/* Bits of a big-endian number without counting leading zeros. */
static unsigned bits_of(const buffer *number)
{
    size_t at = 0;
    while (at < number->len && number->data[at] == 0) {
        at++;
    }
    if (at == number->len) {
        return 0;
    }
    unsigned bits = (unsigned)(number->len - at) * 8;
    for (unsigned top = (unsigned char)number->data[at]; (top & 0x80) == 0; top <<= 1) {
        bits--;
    }
    return bits;
}

static cihsm_status read_type(const object *of, cihsm_key_info *info, cihsm_error *err)
{
    CK_KEY_TYPE type = 0;
    bool present = false;
    CIHSM_TRY(pkcs11_attribute_ulong(&of->token->link, of->session, of->handle, CKA_KEY_TYPE, &type,
                                     &present, err));
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    if (present && type == CKK_RSA) {
        CIHSM_TRY(read_value(of, CKA_MODULUS, &value, err));
        info->type = CIHSM_KEY_RSA;
        info->bits = bits_of(&value);
    }
    if (present && type == CKK_EC) {
        CIHSM_TRY(read_value(of, CKA_EC_PARAMS, &value, err));
        const pkcs11_curve *curve =
            value.len == 0 ? NULL : pkcs11_curve_of_params(value.data, value.len);
        info->type = curve == NULL ? CIHSM_KEY_OTHER : curve->type;
        info->bits = curve == NULL ? 0 : curve->bits;
    }
    return CIHSM_OK;
}

static cihsm_status read_names(const object *of, cihsm_key_info *info, char **uri, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer id = buffer_new(VALUE_MAX);
    CIHSM_AUTO(buffer_free) buffer label = buffer_new(VALUE_MAX);
    CIHSM_TRY(read_value(of, CKA_ID, &id, err));
    CIHSM_TRY(read_value(of, CKA_LABEL, &label, err));

    text_escape(info->label, sizeof info->label, buffer_text(&label), label.len);
    info->id_len = id.len < sizeof info->id ? id.len : sizeof info->id;
    if (info->id_len > 0) {
        memcpy(info->id, id.data, info->id_len);
    }
    const CK_ATTRIBUTE id_attribute = {CKA_ID, id.data, id.len};
    const CK_ATTRIBUTE label_attribute = {CKA_LABEL, label.data, label.len};
    return pkcs11_uri_of_key(&of->token->slot.info, id.len == 0 ? NULL : &id_attribute,
                             label.len == 0 ? NULL : &label_attribute, uri, err);
}

static cihsm_status describe(const object *of, cihsm_key_info *info, char **uri, cihsm_error *err)
{
    CIHSM_TRY(read_names(of, info, uri, err));
    info->uri = *uri;
    CIHSM_TRY(read_type(of, info, err));
    CIHSM_TRY(read_mechanism(of, info, err));
    return read_flags(of, info, err);
}

static cihsm_key_list *list_new(size_t count)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    list->entries = calloc(count + 1, sizeof *list->entries);
    list->uris = calloc(count + 1, sizeof *list->uris);
    list->handles = calloc(count + 1, sizeof *list->handles);
    if (list->entries == NULL || list->uris == NULL || list->handles == NULL) {
        return NULL;
    }
    list->count = count;
    return CIHSM_MOVE(list);
}

cihsm_status key_list_read(const pkcs11_lease *lease, const CK_OBJECT_HANDLE *objects, size_t count,
                           cihsm_key_list **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *list = list_new(count);
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    list->epoch = lease->epoch;
    for (size_t i = 0; i < count; i++) {
        const object of = {lease->token, lease->session, objects[i]};
        list->handles[i] = objects[i];
        CIHSM_TRY(describe(&of, &list->entries[i], &list->uris[i], err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

static cihsm_status find_and_read(const pkcs11_lease *lease, key_template *asked,
                                  cihsm_key_list **out, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(pkcs11_find_all(&lease->token->link, lease->session, asked->attributes, asked->count,
                              &found, err));
    if (found.count == 0) {
        CIHSM_TRY(pkcs11_token_check_login(lease->token, lease->session, err));
    }
    return key_list_read(lease, found.handles, found.count, out, err);
}

cihsm_status cihsm_key_list_fetch(cihsm_token *token, const char *uri, cihsm_key_list **out,
                                  cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    key_template asked;
    CIHSM_TRY(key_template_make(token, parsed, &asked, err));

    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    const cihsm_status status = find_and_read(&lease, &asked, out, &lease.failure);
    return pkcs11_lease_return(&lease, status, err);
}

static cihsm_status check_epoch(const pkcs11_lease *lease, const cihsm_key_list *list,
                                cihsm_error *err)
{
    if (lease->epoch != list->epoch) { /* the handles may be those of other objects now */
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%s was lost and is back since its keys were listed; repeat",
                                lease->token->uri);
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_key_list_public(cihsm_token *token, const cihsm_key_list *list, size_t at,
                                    EVP_PKEY **out, cihsm_error *err)
{
    if (at >= list->count || list->entries[at].type == CIHSM_KEY_OTHER) {
        return CIHSM_OK;
    }
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take(token, &lease, err));
    cihsm_status status = check_epoch(&lease, list, &lease.failure);
    if (status == CIHSM_OK) {
        status = key_public_told(token, lease.session, list->handles[at], out, &lease.failure);
    }
    return pkcs11_lease_return(&lease, status, err);
}

bool pkcs11_key_attribute(const cihsm_key_info *info, size_t at, const char **name,
                          cihsm_tristate *state)
{
    const struct {
        const char *name;
        cihsm_tristate state;
    } rows[] = {
        {"CKA_SENSITIVE", info->sensitive},
        {"CKA_ALWAYS_SENSITIVE", info->always_sensitive},
        {"CKA_EXTRACTABLE", info->extractable},
        {"CKA_NEVER_EXTRACTABLE", info->never_extractable},
        {"CKA_LOCAL", info->local},
        {"CKA_SIGN", info->sign},
        {"CKA_ALWAYS_AUTHENTICATE", info->always_authenticate},
    };
    if (at >= sizeof rows / sizeof *rows) {
        return false;
    }
    *name = rows[at].name;
    *state = rows[at].state;
    return true;
}

size_t cihsm_key_list_count(const cihsm_key_list *list)
{
    return list->count;
}

const cihsm_key_info *cihsm_key_list_at(const cihsm_key_list *list, size_t at)
{
    return at < list->count ? &list->entries[at] : NULL;
}

void cihsm_key_list_free(cihsm_key_list **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    cihsm_key_list *list = *of;
    for (size_t i = 0; i < list->count; i++) {
        text_free(&list->uris[i]);
    }
    free(list->handles);
    free(list->uris);
    free(list->entries);
    free(list);
    *of = NULL;
}
