/* SPDX-License-Identifier: Apache-2.0 */
#include "token/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "pkcs11/module.h"
#include "pkcs11/uri.h"

struct cihsm_token_list {
    cihsm_token_info *entries;
    char **uris; /* owned; entries[i].uri points to uris[i] */
    size_t count;
};

/* The strongest word first: a locked PIN had wrong ones, too. */
static cihsm_pin_state user_pin_of(CK_FLAGS flags)
{
    static const struct {
        CK_FLAGS flag;
        cihsm_pin_state state;
    } STATES[] = {
        {CKF_USER_PIN_LOCKED, CIHSM_PIN_LOCKED},
        {CKF_USER_PIN_FINAL_TRY, CIHSM_PIN_LAST_TRY},
        {CKF_USER_PIN_TO_BE_CHANGED, CIHSM_PIN_MUST_CHANGE},
        {CKF_USER_PIN_COUNT_LOW, CIHSM_PIN_WRONG_GIVEN},
    };
    if ((flags & CKF_USER_PIN_INITIALIZED) == 0) {
        return CIHSM_PIN_NOT_SET;
    }
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
        if ((flags & STATES[i].flag) != 0) {
            return STATES[i].state;
        }
    }
    return CIHSM_PIN_OK;
}

static cihsm_pin_state officer_pin_of(CK_FLAGS flags)
{
    CK_FLAGS same = (flags & CKF_TOKEN_INITIALIZED) != 0 ? CKF_USER_PIN_INITIALIZED : 0;
    same |= (flags & CKF_SO_PIN_LOCKED) != 0 ? CKF_USER_PIN_LOCKED : 0;
    same |= (flags & CKF_SO_PIN_FINAL_TRY) != 0 ? CKF_USER_PIN_FINAL_TRY : 0;
    same |= (flags & CKF_SO_PIN_TO_BE_CHANGED) != 0 ? CKF_USER_PIN_TO_BE_CHANGED : 0;
    same |= (flags & CKF_SO_PIN_COUNT_LOW) != 0 ? CKF_USER_PIN_COUNT_LOW : 0;
    return user_pin_of(same);
}

static unsigned long length_of(CK_ULONG told)
{
    return told == CK_UNAVAILABLE_INFORMATION || told > 4096 ? 0 : told;
}

cihsm_status token_describe(const pkcs11_slot *slot, cihsm_token_info *out, char **uri,
                            cihsm_error *err)
{
    const CK_TOKEN_INFO *info = &slot->info;
    const CK_FLAGS flags = info->flags;
    const bool initialized = (flags & CKF_TOKEN_INITIALIZED) != 0;
    CIHSM_TRY(initialized ? pkcs11_uri_of_token(info, uri, err)
                          : pkcs11_uri_of_slot(slot->id, uri, err));
    *out = (cihsm_token_info){
        .uri = *uri,
        .slot_id = slot->id,
        .initialized = initialized,
        .login_required = (flags & CKF_LOGIN_REQUIRED) != 0,
        .pinpad = (flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
        .write_protected = (flags & CKF_WRITE_PROTECTED) != 0,
        .user_pin = user_pin_of(initialized ? flags : 0),
        .officer_pin = officer_pin_of(flags),
        .pin_min = length_of(info->ulMinPinLen),
        .pin_max = length_of(info->ulMaxPinLen),
    };
    pkcs11_slot_text(info->label, sizeof info->label, out->label);
    pkcs11_slot_text(info->manufacturerID, sizeof info->manufacturerID, out->manufacturer);
    pkcs11_slot_text(info->model, sizeof info->model, out->model);
    pkcs11_slot_text(info->serialNumber, sizeof info->serialNumber, out->serial);
    return CIHSM_OK;
}

static cihsm_token_list *list_new(size_t room)
{
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    list->entries = calloc(room + 1, sizeof *list->entries);
    list->uris = calloc(room + 1, sizeof *list->uris);
    if (list->entries == NULL || list->uris == NULL) {
        return NULL;
    }
    return CIHSM_MOVE(list);
}

static cihsm_status add(cihsm_token_list *to, const pkcs11_slot *slot, cihsm_error *err)
{
    CIHSM_TRY(token_describe(slot, &to->entries[to->count], &to->uris[to->count], err));
    to->count++;
    return CIHSM_OK;
}

cihsm_status token_list_of(const pkcs11_slot *slot, cihsm_token_list **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = list_new(1);
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(add(list, slot, err));
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

static cihsm_status read_tokens(const pkcs11_link *link, P11KitUri *uri, cihsm_token_list **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_slots_free) pkcs11_slots slots = {.count = 0};
    CIHSM_TRY(pkcs11_slots_read(link, &slots, err));
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = list_new(slots.count);
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < slots.count; i++) {
        if (pkcs11_slot_matches(uri, &slots.list[i])) {
            CIHSM_TRY(add(list, &slots.list[i], err));
        }
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status cihsm_token_list_fetch(const cihsm_token_config *config, cihsm_token_list **out,
                                    cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
    CIHSM_TRY(pkcs11_uri_parse(config->uri, &uri, err));
    CIHSM_AUTO(pkcs11_module_leave) pkcs11_link link = pkcs11_link_of(config);
    CIHSM_TRY(pkcs11_module_join(&link, config->module, config->init_string, err));
    CIHSM_TRY(pkcs11_module_enter(&link, err));
    const cihsm_status status = read_tokens(&link, uri, out, err);
    pkcs11_module_exit(&link);
    return status;
}

size_t cihsm_token_list_count(const cihsm_token_list *list)
{
    return list->count;
}

const cihsm_token_info *cihsm_token_list_at(const cihsm_token_list *list, size_t at)
{
    return at < list->count ? &list->entries[at] : NULL;
}

void cihsm_token_list_free(cihsm_token_list **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    cihsm_token_list *list = *of;
    for (size_t i = 0; list->uris != NULL && i < list->count; i++) {
        text_free(&list->uris[i]);
    }
    free(list->uris);
    free(list->entries);
    free(list);
    *of = NULL;
}

/* A field of the standard: padded with blanks, too long a text fits no token. */
static bool fill(CK_UTF8CHAR *field, size_t size, const char *text)
{
    const size_t len = strlen(text);
    memset(field, ' ', size);
    memcpy(field, text, len < size ? len : size);
    return len <= size;
}

cihsm_status cihsm_token_uri_matches(const char *uri, const char *label, const char *serial,
                                     bool *matches, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    /* What is not known of the token must not decide. */
    CK_TOKEN_INFO *wanted = p11_kit_uri_get_token_info(parsed);
    wanted->manufacturerID[0] = '\0';
    wanted->model[0] = '\0';
    CK_TOKEN_INFO info = {.flags = 0};
    *matches = fill(info.label, sizeof info.label, label) &&
               fill(info.serialNumber, sizeof info.serialNumber, serial) &&
               p11_kit_uri_match_token_info(parsed, &info) == 1;
    return CIHSM_OK;
}
