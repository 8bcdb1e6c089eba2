/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The partners of a folder: which of its folders are partners, and what they may not have twice.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/layout.h"
#include "partner/local.h"
#include "partner/name.h"
#include "partner/rules.h"
#include "partner/texts.h"

void cihsm_partner_folder_free(cihsm_partner_folder **folder)
{
    if (folder == NULL || *folder == NULL) {
        return;
    }
    for (size_t i = 0; i < (*folder)->count; i++) {
        partner_local_free(&(*folder)->items[i]);
    }
    partner_lock_release(&(*folder)->lock);
    free((*folder)->items);
    free(*folder);
    *folder = NULL;
}

size_t cihsm_partner_folder_count(const cihsm_partner_folder *folder)
{
    return folder->count;
}

bool cihsm_partner_folder_has_credential(const cihsm_partner_folder *folder, const char *partner,
                                         const char *id)
{
    for (size_t i = 0; i < folder->count; i++) {
        const partner_local *one = &folder->items[i];
        for (size_t j = 0; strcmp(one->partner, partner) == 0 && j < one->entries.count; j++) {
            const partner_entry *entry = one->entries.items[j];
            if (entry->kind == CIHSM_PARTNER_CREDENTIAL && strcmp(entry->keys[0], id) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* --- which are partners ---------------------------------------------------------------------- */

static cihsm_status look_for(const char *folder, const char *below, bool *is_there,
                             cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    struct stat status;
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder, below));
    *is_there = lstat(path, &status) == 0;
    return CIHSM_OK;
}

/* A folder with parameters that is no partner is a mistake; any other is none of ours. */
static cihsm_status look_at(const char *folder, bool *is_partner, cihsm_error *err)
{
    CIHSM_TRY(look_for(folder, PARTNER_INDEX_NAME, is_partner, err));
    for (int kind = CIHSM_PARTNER_STRING; kind <= CIHSM_PARTNER_BINARY && !*is_partner; kind++) {
        const char *set = partner_kind_of((cihsm_partner_kind)kind)->set;
        bool has_set = false;
        CIHSM_TRY(look_for(folder, set, &has_set, err));
        if (has_set) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%.200s has %s and no %s: it needs at least {\"format\": 1, "
                                    "\"partner\": \"ID\"}",
                                    folder, set, PARTNER_INDEX_NAME);
        }
    }
    return CIHSM_OK;
}

static cihsm_status add(cihsm_partner_folder *to, const char *path, const char *name,
                        cihsm_error *err)
{
    char id[PARTNER_ID_SIZE];
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 8 : to->room * 2;
        partner_local *items = realloc(to->items, room * sizeof *items);
        if (items == NULL) {
            return cihsm_fail_memory(err);
        }
        to->items = items;
        to->room = room;
    }
    partner_local *one = &to->items[to->count++];
    *one = (partner_local){0};
    CIHSM_TRY(partner_local_read(path, one, err));
    if (!partner_name_read(name, strlen(name), id) || strcmp(id, one->partner) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.200s/%s is of the partner \"%.80s\", and so the folder must be "
                                "named",
                                path, PARTNER_INDEX_NAME, one->partner);
    }
    return CIHSM_OK;
}

/* The folder whose name stands for an id, whatever its case needs. */
static bool is_wanted(const char *name, const char *const *partners, size_t count)
{
    char id[PARTNER_ID_SIZE];
    if (count == 0) {
        return true;
    }
    if (!partner_name_read(name, strlen(name), id)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(partners[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status add_all(const char *folder, const char *const *partners, size_t count,
                            cihsm_partner_folder *to, cihsm_error *err)
{
    CIHSM_AUTO(partner_texts_free) partner_texts names = {0};
    CIHSM_TRY(partner_texts_list(folder, false, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        CIHSM_AUTO(text_free) char *path = NULL;
        bool is_partner = false;
        if (!is_wanted(names.items[i], partners, count)) {
            continue;
        }
        CIHSM_TRY(text_format(&path, err, "%s/%s", folder, names.items[i]));
        CIHSM_TRY(look_at(path, &is_partner, err));
        if (is_partner) {
            CIHSM_TRY(add(to, path, names.items[i], err));
        }
    }
    return CIHSM_OK;
}

/* --- what may be there once ------------------------------------------------------------------ */

static cihsm_status check_partners(const cihsm_partner_folder *of, const char *folder,
                                   const char *const *partners, size_t count, cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < of->count && strcmp(of->items[at].partner, partners[i]) != 0) {
            at++;
        }
        if (at == of->count) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE, "%.200s has no partner \"%.80s\"", folder,
                                    partners[i]);
        }
    }
    if (of->count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.200s has no partner: a partner is a folder there with a %s, as "
                                "\"cihsm partner export\" writes it",
                                folder, PARTNER_INDEX_NAME);
    }
    return CIHSM_OK;
}

static int compare(const void *a, const void *b)
{
    return partner_entry_compare(*(const partner_entry *const *)a,
                                 *(const partner_entry *const *)b);
}

static void free_shared(const partner_entry ***shared)
{
    free(*shared);
    *shared = NULL;
}

/* A partner that is there twice, or an entity that can belong to one partner only. */
static cihsm_status check_entries(const partner_entry **shared, size_t count, cihsm_error *err)
{
    if (count > 0) {
        qsort(shared, count, sizeof(partner_entry *), compare);
    }
    for (size_t i = 0; i + 1 < count; i++) {
        char id[PARTNER_TITLE_SIZE / 2];
        if (compare(&shared[i], &shared[i + 1]) == 0) {
            partner_entry_id(shared[i], id, sizeof id);
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%.150s and %.150s both have the %s \"%.100s\", which can "
                                    "belong to one partner only",
                                    shared[i]->file, shared[i + 1]->file,
                                    partner_kind_of(shared[i]->kind)->noun, id);
        }
    }
    return CIHSM_OK;
}

static cihsm_status check_shared(const cihsm_partner_folder *of, cihsm_error *err)
{
    size_t room = 1;
    size_t count = 0;
    for (size_t i = 0; i < of->count; i++) {
        room += of->items[i].entries.count;
    }
    CIHSM_AUTO(free_shared) const partner_entry **shared = malloc(room * sizeof(partner_entry *));
    if (shared == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < of->count; i++) {
        const partner_entries *entries = &of->items[i].entries;
        for (size_t j = 0; j < entries->count; j++) {
            if (!partner_kind_of(entries->items[j]->kind)->has_pid_key) {
                shared[count++] = entries->items[j];
            }
        }
    }
    return check_entries(shared, count, err);
}

static cihsm_status check_names(const cihsm_partner_folder *of, cihsm_error *err)
{
    for (size_t i = 0; i + 1 < of->count; i++) {
        for (size_t j = i + 1; j < of->count; j++) {
            if (strcmp(of->items[i].partner, of->items[j].partner) == 0) {
                return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                        "%.200s and %.200s are the same partner: remove one",
                                        of->items[i].folder, of->items[j].folder);
            }
        }
    }
    return CIHSM_OK;
}

cihsm_status cihsm_partner_folder_open(const char *folder, const char *const *partners,
                                       size_t count, cihsm_partner_folder **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_partner_folder_free) cihsm_partner_folder *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->lock.fd = -1;
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(partner_check_id(partners[i], true, NULL, CIHSM_E_USAGE, err));
    }
    if (access(folder, F_OK) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "there is no folder %.300s", folder);
    }
    CIHSM_TRY(partner_lock_take(folder, false, &made->lock, err));
    CIHSM_TRY(add_all(folder, partners, count, made, err));
    CIHSM_TRY(check_partners(made, folder, partners, count, err));
    CIHSM_TRY(check_names(made, err));
    CIHSM_TRY(check_shared(made, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}
