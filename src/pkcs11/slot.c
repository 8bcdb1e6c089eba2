/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/slot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

enum { SLOTS_USUAL = 64, SLOTS_MAX = 65536, TRIES = 4, LISTED_MAX = CIHSM_ERROR_MESSAGE_MAX };

typedef struct slot_list {
    CK_SLOT_ID usual[SLOTS_USUAL];
    CK_SLOT_ID *more; /* when the usual room is not enough */
    CK_ULONG count;
} slot_list;

static void slot_list_free(slot_list *list)
{
    free(list->more);
    list->more = NULL;
}

static const CK_SLOT_ID *slots_of(const slot_list *list)
{
    return list->more == NULL ? list->usual : list->more;
}

/* Slots may come while room is made for them. */
static bool wants_more_room(const slot_list *list, CK_RV rv, CK_ULONG room, unsigned tries)
{
    return rv == CKR_BUFFER_TOO_SMALL && list->count > room && list->count <= SLOTS_MAX &&
           tries < TRIES;
}

static cihsm_status fetch_slots(const pkcs11_link *link, slot_list *list, cihsm_error *err)
{
    CK_ULONG room = SLOTS_USUAL;
    list->count = room;
    CK_RV rv = pkcs11_c_get_slot_list(link, list->usual, &list->count);
    for (unsigned tries = 0; wants_more_room(list, rv, room, tries); tries++) {
        slot_list_free(list);
        list->more = calloc(list->count, sizeof *list->more);
        if (list->more == NULL) {
            return cihsm_fail_memory(err);
        }
        room = list->count;
        rv = pkcs11_c_get_slot_list(link, list->more, &list->count);
    }
    if (rv == CKR_OK && list->count > room) {
        rv = CKR_BUFFER_TOO_SMALL; /* the module counts what it did not write */
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot list the slots of the PKCS#11 module");
    }
    return CIHSM_OK;
}

/* Some modules end the text with NULs instead of blanks. */
static void pad(CK_UTF8CHAR *field, size_t size)
{
    const size_t len = strnlen((const char *)field, size);
    memset(field + len, ' ', size - len);
}

static void normalize(CK_TOKEN_INFO *info)
{
    pad(info->label, sizeof info->label);
    pad(info->manufacturerID, sizeof info->manufacturerID);
    pad(info->model, sizeof info->model);
    pad(info->serialNumber, sizeof info->serialNumber);
}

/* Some tokens have labels that are no UTF-8, and anybody may write one that a terminal obeys. */
static void mask(char *text)
{
    const bool is_utf8 = text_is_utf8(text, strlen(text));
    for (char *c = text; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
            *c = '?';
        } else if (byte == 0xc2 && (unsigned char)c[1] < 0xa0) { /* a C1 control */
            c[0] = c[1] = '?';
        }
    }
}

void pkcs11_slot_text(const CK_UTF8CHAR *field, size_t size, char *out)
{
    size_t len = size;
    while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == '\0')) {
        len--;
    }
    memcpy(out, field, len);
    out[len] = '\0';
    mask(out);
}

bool pkcs11_slot_matches(P11KitUri *uri, const pkcs11_slot *slot)
{
    const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(uri);
    return (wanted == CK_UNAVAILABLE_INFORMATION || wanted == slot->id) &&
           p11_kit_uri_match_token_info(uri, &slot->info) == 1;
}

/* What the search saw, for the message if it fails. */
typedef struct search {
    size_t matches;
    size_t tokens;
    CK_RV failed; /* last answer of a slot that gave no information */
    buffer matching;
    buffer others;
} search;

static void search_free(search *of)
{
    buffer_free(&of->matching);
    buffer_free(&of->others);
}

static cihsm_status add_candidate(buffer *to, const CK_TOKEN_INFO *info, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *uri = NULL;
    CIHSM_TRY(pkcs11_uri_of_token_short(info, &uri, err));
    if (to->max - to->len < strlen(uri) + 2) {
        return CIHSM_OK; /* the message has no room for more */
    }
    if (to->len > 0) {
        CIHSM_TRY(buffer_append_text(to, ", ", err));
    }
    return buffer_append_text(to, uri, err);
}

/* A slot that gives no information is logged. */
CK_RV pkcs11_slot_read(const pkcs11_link *link, CK_SLOT_ID id, pkcs11_slot *out)
{
    *out = (pkcs11_slot){.id = id};
    const CK_RV rv = pkcs11_c_get_token_info(link, id, &out->info);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(link->log, CIHSM_LOG_DEBUG, "token", "slot %lu gives no information: %s", id,
                 pkcs11_code_name(rv, &name));
    }
    normalize(&out->info);
    return rv;
}

void pkcs11_slots_free(pkcs11_slots *slots)
{
    free(slots->list);
    *slots = (pkcs11_slots){.count = 0};
}

cihsm_status pkcs11_slots_read(const pkcs11_link *link, pkcs11_slots *out, cihsm_error *err)
{
    CIHSM_AUTO(slot_list_free) slot_list found = {.count = 0};
    CIHSM_TRY(fetch_slots(link, &found, err));
    out->list = calloc(found.count + 1, sizeof *out->list);
    if (out->list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (CK_ULONG i = 0; i < found.count; i++) {
        const CK_SLOT_ID id = slots_of(&found)[i];
        const CK_RV rv = pkcs11_slot_read(link, id, &out->list[out->count]);
        if (rv >= PKCS11_R_FIRST) {
            return pkcs11_fail(err, rv, "cannot look at slot %lu", id);
        }
        out->count += rv == CKR_OK;
    }
    return CIHSM_OK;
}

static cihsm_status look_at(const pkcs11_link *link, CK_SLOT_ID id, P11KitUri *uri, search *seen,
                            pkcs11_slot *out, cihsm_error *err)
{
    pkcs11_slot slot;
    const CK_RV rv = pkcs11_slot_read(link, id, &slot);
    if (rv != CKR_OK) {
        seen->failed = rv;
        return CIHSM_OK;
    }
    if ((slot.info.flags & CKF_TOKEN_INITIALIZED) == 0) {
        return CIHSM_OK;
    }
    seen->tokens++;
    const bool matches = pkcs11_slot_matches(uri, &slot);
    if (matches) {
        seen->matches++;
        *out = slot;
    }
    return add_candidate(matches ? &seen->matching : &seen->others, &slot.info, err);
}

static cihsm_status fail_none(const search *seen, cihsm_error *err)
{
    if (seen->failed != CKR_OK) {
        return pkcs11_fail(err, seen->failed, "no token matches, but a slot does not answer");
    }
    if (seen->tokens == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the PKCS#11 module shows no initialised token; plug it in, or "
                                "initialise one with \"cihsm token init\"");
    }
    return cihsm_fail_plain(err, CIHSM_E_TOKEN, "no such token; the module offers %s",
                            buffer_text(&seen->others));
}

cihsm_status pkcs11_slot_find(const pkcs11_link *link, P11KitUri *uri, pkcs11_slot *out,
                              cihsm_error *err)
{
    CIHSM_AUTO(slot_list_free) slot_list list = {.count = 0};
    CIHSM_TRY(fetch_slots(link, &list, err));

    CIHSM_AUTO(search_free)
    search seen = {.matching = buffer_new(LISTED_MAX), .others = buffer_new(LISTED_MAX)};
    for (CK_ULONG i = 0; i < list.count; i++) {
        CIHSM_TRY(look_at(link, slots_of(&list)[i], uri, &seen, out, err));
    }
    if (seen.matches == 0) {
        return fail_none(&seen, err);
    }
    if (seen.matches > 1) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%zu tokens match (did the shell cut the URI at an unquoted "
                                "';'?); choose one: %s",
                                seen.matches, buffer_text(&seen.matching));
    }
    return CIHSM_OK;
}
