/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners of the tenant into files. All of a partner is known before its first file is written.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/layout.h"
#include "partner/local.h"
#include "partner/lock.h"
#include "partner/name.h"
#include "partner/remote.h"
#include "partner/rules.h"
#include "partner/stock.h"

/* --- one partner ----------------------------------------------------------------------------- */

/* A partner on its way into files. */
typedef struct moving {
    cihsm_client *client;
    partner_stock stock;
    partner_entries entries;
    partner_texts names; /* of the files of its parameters */
    bool *needs;         /* by entry: its file is to be written */
    bool needs_any;
} moving;

static void free_moving(moving *of)
{
    partner_stock_free(&of->stock);
    partner_entries_free(&of->entries);
    partner_texts_free(&of->names);
    free(of->needs);
}

static bool has_file(const partner_entry *entry)
{
    return entry->kind == CIHSM_PARTNER_STRING || entry->kind == CIHSM_PARTNER_BINARY;
}

static cihsm_status name_files(moving *of, cihsm_error *err)
{
    CIHSM_TRY(partner_entries_crowd(&of->entries, err));
    for (size_t i = 0; i < of->entries.count; i++) {
        partner_entry *entry = of->entries.items[i];
        char name[PARTNER_FILE_SIZE];
        if (has_file(entry)) {
            CIHSM_TRY(partner_file_name(entry, name, err));
            CIHSM_TRY(text_set(&entry->file, name, err));
            CIHSM_TRY(partner_texts_add(&of->names, name, err));
        }
    }
    partner_texts_sort(&of->names);
    return CIHSM_OK;
}

/* The digest of the file, which of a string is not that of its value. */
static cihsm_status check_file(const moving *of, const partner_entry *entry, bool *needs,
                               cihsm_error *err)
{
    partner_entry file = {0};
    CIHSM_AUTO(buffer_free) buffer bytes = partner_value_buffer();
    if (entry->kind == CIHSM_PARTNER_BINARY) {
        return partner_stock_check(&of->stock, entry, entry->digest, needs, err);
    }
    CIHSM_TRY(partner_text_to_file(entry->value, &bytes, err));
    CIHSM_TRY(partner_entry_digest(&file, bytes.data, bytes.len, err));
    return partner_stock_check(&of->stock, entry, file.digest, needs, err);
}

static cihsm_status check_files(moving *of, cihsm_error *err)
{
    of->needs = calloc(of->entries.count + 1, sizeof *of->needs);
    if (of->needs == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < of->entries.count; i++) {
        if (has_file(of->entries.items[i])) {
            CIHSM_TRY(check_file(of, of->entries.items[i], &of->needs[i], err));
            of->needs_any = of->needs_any || of->needs[i];
        }
    }
    return CIHSM_OK;
}

/* The value is read for itself: a page may hold more than memory should. */
static cihsm_status write_binary(moving *of, partner_entry *entry, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer bytes = partner_value_buffer();
    CIHSM_AUTO(text_free) char *type = NULL;
    cihsm_error why = {0};
    CIHSM_TRY(text_set(&type, entry->detail, err));
    const cihsm_status status = partner_remote_binary(of->client, entry, &bytes, &why);
    if (status == CIHSM_E_NOT_FOUND || (status == CIHSM_OK && !text_equal(type, entry->detail))) {
        char title[PARTNER_TITLE_SIZE];
        partner_entry_title(entry, title);
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "%.300s was changed on the tenant while it was exported: run it "
                                "again",
                                title);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
    }
    return partner_stock_put(&of->stock, entry->file, buffer_text(&bytes), bytes.len, err);
}

static cihsm_status write_string(moving *of, const partner_entry *entry, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer bytes = partner_value_buffer();
    CIHSM_TRY(partner_text_to_file(entry->value, &bytes, err));
    return partner_stock_put(&of->stock, entry->file, bytes.data, bytes.len, err);
}

static cihsm_status write_files(moving *of, cihsm_error *err)
{
    for (size_t i = 0; i < of->entries.count; i++) {
        partner_entry *entry = of->entries.items[i];
        if (of->needs[i]) {
            CIHSM_TRY(entry->kind == CIHSM_PARTNER_STRING ? write_string(of, entry, err)
                                                          : write_binary(of, entry, err));
        }
    }
    return CIHSM_OK;
}

/* An export that ends between two files must know them as its own the next time. */
static cihsm_status announce(moving *of, cihsm_error *err)
{
    CIHSM_AUTO(partner_texts_free) partner_texts both = {0};
    const partner_texts *before = &of->stock.index.exported;
    for (size_t i = 0; i < of->names.count; i++) {
        CIHSM_TRY(partner_texts_add(&both, of->names.items[i], err));
    }
    for (size_t i = 0; i < before->count; i++) {
        if (!partner_texts_has(&of->names, before->items[i])) {
            CIHSM_TRY(partner_texts_add(&both, before->items[i], err));
        }
    }
    partner_texts_sort(&both);
    return partner_stock_put_index(&of->stock, &of->entries, &both, err);
}

static cihsm_status move(moving *of, cihsm_error *err)
{
    CIHSM_TRY(partner_remote_read(of->client, of->stock.partner, true, &of->entries, err));
    CIHSM_TRY(name_files(of, err));
    CIHSM_TRY(check_files(of, err));
    CIHSM_TRY(partner_stock_check_index(&of->stock, &of->entries, err));
    if (of->needs_any) {
        CIHSM_TRY(announce(of, err));
        CIHSM_TRY(write_files(of, err));
    }
    CIHSM_TRY(partner_stock_prune(&of->stock, &of->names, err));
    return partner_stock_put_index(&of->stock, &of->entries, &of->names, err);
}

/* --- many ------------------------------------------------------------------------------------ */

static cihsm_status tell(const cihsm_partner_export_options *options, const moving *of,
                         cihsm_error *err)
{
    cihsm_partner_exported one = {
        .partner = of->stock.partner,
        .folder = of->stock.folder,
        .written = of->stock.written + (of->stock.is_index_new ? 1 : 0),
        .removed = of->stock.removed,
    };
    for (size_t i = 0; i < of->entries.count; i++) {
        one.entries[of->entries.items[i]->kind]++;
    }
    return options->done == NULL ? CIHSM_OK : options->done(options->user, &one, err);
}

static cihsm_status export_one(cihsm_client *client, const cihsm_partner_export_options *options,
                               const partner_entry *partner, cihsm_error *err)
{
    CIHSM_AUTO(free_moving) moving of = {.client = client};
    of.stock.overwrites = options->overwrite;
    CIHSM_TRY(
        partner_stock_open(options->folder, partner->keys[0], partner->is_crowded, &of.stock, err));
    CIHSM_TRY(move(&of, err));
    return tell(options, &of, err);
}

/* Partners as entries, whose keys are their ids: so it is known which of them are crowded. */
static cihsm_status list_partners(cihsm_client *client, partner_entries *out, cihsm_error *err)
{
    CIHSM_AUTO(partner_texts_free) partner_texts ids = {0};
    CIHSM_TRY(partner_remote_list(client, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        CIHSM_AUTO(partner_entry_free) partner_entry *entry = NULL;
        CIHSM_TRY(partner_entry_new(CIHSM_PARTNER_STRING, ids.items[i], &entry, err));
        CIHSM_TRY(text_set(&entry->keys[0], ids.items[i], err));
        CIHSM_TRY(partner_entries_add(out, &entry, err));
    }
    partner_entries_sort(out);
    return partner_entries_crowd(out, err);
}

static const partner_entry *find_partner(const partner_entries *in, char *id)
{
    const partner_entry like = {.kind = CIHSM_PARTNER_STRING, .keys = {id}};
    return partner_entries_find(in, &like);
}

static cihsm_status find_named(const cihsm_partner_export_options *options,
                               const partner_entries *all, size_t at, const partner_entry **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *id = NULL;
    CIHSM_TRY(text_set(&id, options->partners[at], err));
    *out = find_partner(all, id);
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                                "the tenant has no partner \"%.80s\": \"cihsm partner "
                                "list\" lists those that it has",
                                id);
    }
    return CIHSM_OK;
}

/* All must be there before the first one is written. */
static cihsm_status check_named(const cihsm_partner_export_options *options,
                                const partner_entries *all, cihsm_error *err)
{
    const partner_entry *partner = NULL;
    for (size_t i = 0; i < options->partner_count; i++) {
        CIHSM_TRY(find_named(options, all, i, &partner, err));
    }
    return CIHSM_OK;
}

static cihsm_status export_named(cihsm_client *client, const cihsm_partner_export_options *options,
                                 const partner_entries *all, cihsm_error *err)
{
    const partner_entry *partner = NULL;
    for (size_t i = 0; i < options->partner_count; i++) {
        CIHSM_TRY(find_named(options, all, i, &partner, err));
        CIHSM_TRY(export_one(client, options, partner, err));
    }
    return CIHSM_OK;
}

/* What is exported of a partner that the tenant has no more. */
static cihsm_status remove_gone(const cihsm_partner_export_options *options, const char *name,
                                const partner_entries *all, cihsm_error *err)
{
    char id[PARTNER_ID_SIZE];
    CIHSM_AUTO(free_moving) moving of = {0};
    if (!partner_name_read(name, strlen(name), id) || find_partner(all, id) != NULL) {
        return CIHSM_OK;
    }
    char plain[PARTNER_NAME_SIZE];
    const bool is_crowded = !partner_name_make(id, false, plain) || strcmp(plain, name) != 0;
    CIHSM_TRY(partner_stock_open(options->folder, id, is_crowded, &of.stock, err));
    if (!of.stock.index.is_exported) {
        return CIHSM_OK;
    }
    CIHSM_TRY(partner_stock_remove(&of.stock, err));
    return tell(options, &of, err);
}

static cihsm_status export_all(cihsm_client *client, const cihsm_partner_export_options *options,
                               const partner_entries *all, cihsm_error *err)
{
    CIHSM_AUTO(partner_texts_free) partner_texts names = {0};
    for (size_t i = 0; i < all->count; i++) {
        CIHSM_TRY(export_one(client, options, all->items[i], err));
    }
    CIHSM_TRY(partner_texts_list(options->folder, false, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        CIHSM_TRY(remove_gone(options, names.items[i], all, err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_partner_export_check(const cihsm_partner_export_options *options,
                                        cihsm_error *err)
{
    cihsm_error_clear(err);
    for (size_t i = 0; i < options->partner_count; i++) {
        CIHSM_TRY(partner_check_id(options->partners[i], true, NULL, CIHSM_E_USAGE, err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_partner_export(cihsm_client *client, const cihsm_partner_export_options *options,
                                  cihsm_error *err)
{
    CIHSM_AUTO(partner_entries_free) partner_entries all = {0};
    CIHSM_TRY(cihsm_partner_export_check(options, err));
    CIHSM_TRY(list_partners(client, &all, err));
    CIHSM_TRY(check_named(options, &all, err));
    if (all.count > 0) {
        CIHSM_TRY(folder_make(options->folder, err));
    }
    CIHSM_AUTO(partner_lock_release) partner_lock lock = {-1};
    CIHSM_TRY(partner_lock_take(options->folder, true, &lock, err));
    return options->partner_count > 0 ? export_named(client, options, &all, err)
                                      : export_all(client, options, &all, err);
}
