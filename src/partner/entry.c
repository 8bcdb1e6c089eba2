/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: docs/sap-contract.md section 7.5.
 */
#include "partner/entry.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/name.h"

static const partner_kind KINDS[CIHSM_PARTNER_KINDS] = {
    [CIHSM_PARTNER_STRING] = {"string", "StringParameters", {"Id"}, true},
    [CIHSM_PARTNER_BINARY] = {"binary", "BinaryParameters", {"Id"}, true},
    [CIHSM_PARTNER_ALTERNATIVE] = {"alternative",
                                   "AlternativePartners",
                                   {"Agency", "Scheme", "Id"},
                                   false},
    [CIHSM_PARTNER_USER] = {"user", "AuthorizedUsers", {"User"}, false},
    [CIHSM_PARTNER_CREDENTIAL] = {"credential", "UserCredentialParameters", {"Id"}, true},
};

const partner_kind *partner_kind_of(cihsm_partner_kind kind)
{
    return &KINDS[kind];
}

/* --- one ------------------------------------------------------------------------------------- */

void partner_entry_free(partner_entry **entry)
{
    if (*entry == NULL) {
        return;
    }
    for (size_t i = 0; i < PARTNER_KEYS_MAX; i++) {
        text_free(&(*entry)->keys[i]);
    }
    text_free(&(*entry)->partner);
    text_free(&(*entry)->detail);
    text_free(&(*entry)->value);
    text_free(&(*entry)->file);
    free(*entry);
    *entry = NULL;
}

cihsm_status partner_entry_new(cihsm_partner_kind kind, const char *partner, partner_entry **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(partner_entry_free) partner_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return cihsm_fail_memory(err);
    }
    entry->kind = kind;
    CIHSM_TRY(text_set(&entry->partner, partner, err));
    *out = CIHSM_MOVE(entry);
    return CIHSM_OK;
}

cihsm_status partner_entry_digest(partner_entry *entry, const void *bytes, size_t len,
                                  cihsm_error *err)
{
    unsigned int made = 0;
    if (EVP_Digest(bytes, len, entry->digest, &made, EVP_sha256(), NULL) != 1 ||
        made != sizeof entry->digest) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "cannot compute a SHA-256");
    }
    entry->size = len;
    return CIHSM_OK;
}

int partner_entry_compare(const partner_entry *a, const partner_entry *b)
{
    int order = (int)a->kind - (int)b->kind;
    for (size_t i = 0; order == 0 && i < PARTNER_KEYS_MAX && a->keys[i] != NULL; i++) {
        order = strcmp(a->keys[i], b->keys[i]);
    }
    return order;
}

bool partner_entry_is_same(const partner_entry *a, const partner_entry *b)
{
    return a->size == b->size && memcmp(a->digest, b->digest, sizeof a->digest) == 0 &&
           text_equal(a->detail, b->detail) && text_equal(a->partner, b->partner);
}

void partner_entry_id(const partner_entry *entry, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < PARTNER_KEYS_MAX && entry->keys[i] != NULL && len < size; i++) {
        len += (size_t)snprintf(out + len, size - len, "%s%s", i == 0 ? "" : " ", entry->keys[i]);
    }
}

void partner_entry_title(const partner_entry *entry, char out[PARTNER_TITLE_SIZE])
{
    char id[PARTNER_TITLE_SIZE / 2];
    partner_entry_id(entry, id, sizeof id);
    snprintf(out, PARTNER_TITLE_SIZE, "%s \"%s\" of %.80s", KINDS[entry->kind].noun, id,
             entry->partner);
}

cihsm_status partner_entry_path(const partner_entry *entry, char out[CIHSM_PATH_SIZE],
                                cihsm_error *err)
{
    const partner_kind *kind = &KINDS[entry->kind];
    cihsm_path_key keys[PARTNER_KEYS_MAX + 1];
    size_t count = 0;
    if (kind->has_pid_key) {
        keys[count++] = (cihsm_path_key){"Pid", entry->partner};
    }
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        keys[count++] = (cihsm_path_key){kind->keys[i], entry->keys[i]};
    }
    if (count == 1) {
        keys[0].name = NULL;
    }
    return cihsm_path_entity_of(kind->set, keys, count, NULL, out, err);
}

/* --- many ------------------------------------------------------------------------------------ */

cihsm_status partner_entries_add(partner_entries *to, partner_entry **entry, cihsm_error *err)
{
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 16 : to->room * 2;
        partner_entry **items = realloc(to->items, room * sizeof(partner_entry *));
        if (items == NULL) {
            return cihsm_fail_memory(err);
        }
        to->items = items;
        to->room = room;
    }
    to->items[to->count++] = CIHSM_MOVE(*entry);
    return CIHSM_OK;
}

static int compare_items(const void *a, const void *b)
{
    return partner_entry_compare(*(partner_entry *const *)a, *(partner_entry *const *)b);
}

void partner_entries_sort(partner_entries *of)
{
    if (of->count > 0) {
        qsort(of->items, of->count, sizeof(partner_entry *), compare_items);
    }
}

static int compare_folded(const partner_entry *a, const partner_entry *b)
{
    const int order = (int)a->kind - (int)b->kind;
    return order != 0 ? order : partner_id_compare_folded(a->keys[0], b->keys[0]);
}

static int compare_folded_items(const void *a, const void *b)
{
    return compare_folded(*(partner_entry *const *)a, *(partner_entry *const *)b);
}

static void free_items(partner_entry ***items)
{
    free(*items);
    *items = NULL;
}

cihsm_status partner_entries_crowd(const partner_entries *of, cihsm_error *err)
{
    const size_t bytes = of->count * sizeof(partner_entry *);
    CIHSM_AUTO(free_items) partner_entry **items = malloc(bytes == 0 ? 1 : bytes);
    if (items == NULL) {
        return cihsm_fail_memory(err);
    }
    if (of->count > 0) {
        memcpy(items, of->items, bytes);
        qsort(items, of->count, sizeof(partner_entry *), compare_folded_items);
    }
    for (size_t i = 0; i + 1 < of->count; i++) {
        if (compare_folded(items[i], items[i + 1]) == 0) {
            items[i]->is_crowded = true;
            items[i + 1]->is_crowded = true;
        }
    }
    return CIHSM_OK;
}

partner_entry *partner_entries_find(const partner_entries *in, const partner_entry *like)
{
    size_t begin = 0;
    size_t end = in->count;
    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        const int order = partner_entry_compare(like, in->items[middle]);
        if (order == 0) {
            return in->items[middle];
        }
        if (order < 0) {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    return NULL;
}

void partner_entries_free(partner_entries *of)
{
    for (size_t i = 0; i < of->count; i++) {
        partner_entry_free(&of->items[i]);
    }
    free(of->items);
    *of = (partner_entries){0};
}
