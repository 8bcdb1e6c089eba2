/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/stock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "cihsm/file.h"
#include "cihsm/scope.h"
#include "partner/layout.h"
#include "partner/local.h"

enum { MODE = 0600 }; /* what a tenant tells may be personal data */

/* A file that is being written, before it has its name: no apply takes it for a parameter. */
static const char UNREADY[] = ".export";

void partner_stock_free(partner_stock *of)
{
    text_free(&of->folder);
    partner_index_free(&of->index);
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static cihsm_status path_of(const partner_stock *of, const char *name, char **out, cihsm_error *err)
{
    return text_format(out, err, "%s/%s", of->folder, name);
}

/* --- opening --------------------------------------------------------------------------------- */

static cihsm_status name_folder(const char *root, const char *partner, bool is_crowded, char **out,
                                cihsm_error *err)
{
    char name[PARTNER_NAME_SIZE];
    if (!partner_name_make(partner, is_crowded, name)) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT,
                                "the partner \"%.80s\" has an id that makes no name of a folder",
                                partner);
    }
    return text_format(out, err, "%s/%s", root, name);
}

/* UNREADY, or that with what cihsm_file_write puts behind it: ".XXXXXX". */
static bool is_unready(const char *name)
{
    const size_t len = sizeof UNREADY - 1;
    return text_starts(name, UNREADY) &&
           (name[len] == '\0' || (name[len] == '.' && strlen(name) == len + 7));
}

/* What exports left that were killed. */
static cihsm_status remove_unready(const partner_stock *of, cihsm_error *err)
{
    CIHSM_AUTO(partner_texts_free) partner_texts names = {0};
    CIHSM_TRY(partner_texts_list(of->folder, true, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        CIHSM_AUTO(text_free) char *path = NULL;
        CIHSM_TRY(path_of(of, names.items[i], &path, err));
        if (is_unready(names.items[i]) && unlink(path) != 0) {
            return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot remove %.300s", path);
        }
    }
    return CIHSM_OK;
}

static cihsm_status read_index(partner_stock *of, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(path_of(of, PARTNER_INDEX_NAME, &path, err));
    of->has_index = is_there(path);
    if (!of->has_index) {
        return CIHSM_OK;
    }
    CIHSM_TRY(remove_unready(of, err));
    CIHSM_TRY(partner_index_read(path, &of->index, err));
    partner_entries_sort(&of->index.entries);
    if (strcmp(of->index.partner, of->partner) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "%.250s is of the partner \"%.80s\", not of \"%.80s\": export to "
                                "another folder",
                                path, of->index.partner, of->partner);
    }
    return CIHSM_OK;
}

/* The name depends on what other partners there are. */
static cihsm_status take_other_name(const partner_stock *of, const char *other, cihsm_error *err)
{
    if (strcmp(of->folder, other) != 0 && is_there(other) && !is_there(of->folder) &&
        rename(other, of->folder) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot rename %.200s to %.200s", other,
                                of->folder);
    }
    return CIHSM_OK;
}

cihsm_status partner_stock_open(const char *root, const char *partner, bool is_crowded,
                                partner_stock *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *other = NULL;
    out->partner = partner;
    CIHSM_TRY(name_folder(root, partner, is_crowded, &out->folder, err));
    if (name_folder(root, partner, !is_crowded, &other, NULL) == CIHSM_OK) {
        CIHSM_TRY(take_other_name(out, other, err));
    }
    CIHSM_TRY(partner_check_folders(out->folder, err));
    return read_index(out, err);
}

/* --- files ----------------------------------------------------------------------------------- */

static cihsm_status read_present(const char *path, partner_entry *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer present = partner_value_buffer();
    CIHSM_TRY(file_read(path, "the file", &present, err));
    return partner_entry_digest(out, buffer_text(&present), present.len, err);
}

cihsm_status partner_stock_check(const partner_stock *of, const partner_entry *entry,
                                 const uint8_t digest[PARTNER_DIGEST_SIZE], bool *needs,
                                 cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    partner_entry present = {0};
    *needs = true;
    CIHSM_TRY(path_of(of, entry->file, &path, err));
    if (!is_there(path)) {
        return CIHSM_OK;
    }
    CIHSM_TRY(read_present(path, &present, err));
    *needs = memcmp(present.digest, digest, sizeof present.digest) != 0;
    /* a string that a person wrote may lack the line feed */
    const bool is_value = memcmp(present.digest, entry->digest, sizeof present.digest) == 0;
    if (!*needs || is_value || of->overwrites ||
        partner_texts_has(&of->index.exported, entry->file)) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                            "%.250s was not written by an export, and the tenant has another "
                            "value: apply it first, move it away, or give --overwrite",
                            path);
}

/* Whether all of one list that stands in an index is in the other. */
static bool is_part(const partner_entries *of, const partner_entries *whole)
{
    for (size_t i = 0; i < of->count; i++) {
        const partner_entry *one = of->items[i];
        const partner_entry *other = partner_entries_find(whole, one);
        const bool is_indexed =
            one->kind != CIHSM_PARTNER_STRING && one->kind != CIHSM_PARTNER_BINARY;
        if (is_indexed && (other == NULL || !partner_entry_is_same(one, other))) {
            return false;
        }
    }
    return true;
}

static bool has_same_types(const cihsm_value *types, const partner_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const partner_entry *one = entries->items[i];
        const char *type = cihsm_value_get_string(types, one->keys[0]);
        if (one->kind == CIHSM_PARTNER_BINARY && type != NULL && strcmp(type, one->detail) != 0) {
            return false;
        }
    }
    return true;
}

cihsm_status partner_stock_check_index(const partner_stock *of, const partner_entries *entries,
                                       cihsm_error *err)
{
    const partner_index *index = &of->index;
    if (!of->has_index || index->is_exported || of->overwrites ||
        (is_part(entries, &index->entries) && is_part(&index->entries, entries) &&
         has_same_types(index->types, entries))) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                            "%.250s/%s was not written by an export, and says something else than "
                            "the tenant: apply it first, move it away, or give --overwrite",
                            of->folder, PARTNER_INDEX_NAME);
}

static cihsm_status make_folder_of(const char *path, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *folder = NULL;
    CIHSM_TRY(text_set(&folder, path, err));
    *strrchr(folder, '/') = '\0';
    return folder_make(folder, err);
}

static cihsm_status write_file(const partner_stock *of, const char *name, const void *bytes,
                               size_t len, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(text_free) char *unready = NULL;
    CIHSM_TRY(path_of(of, name, &path, err));
    CIHSM_TRY(path_of(of, UNREADY, &unready, err));
    CIHSM_TRY(make_folder_of(path, err));
    CIHSM_TRY(cihsm_file_write(unready, MODE, bytes, len, err));
    if (rename(unready, path) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %.300s", path);
    }
    return CIHSM_OK;
}

cihsm_status partner_stock_put(partner_stock *of, const char *name, const void *bytes, size_t len,
                               cihsm_error *err)
{
    CIHSM_TRY(write_file(of, name, bytes, len, err));
    of->written++;
    return CIHSM_OK;
}

cihsm_status partner_stock_put_index(partner_stock *of, const partner_entries *entries,
                                     const partner_texts *names, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(buffer_free) buffer made = partner_value_buffer();
    CIHSM_AUTO(buffer_free) buffer present = partner_value_buffer();
    CIHSM_TRY(partner_index_make(of->partner, entries, names, &made, err));
    CIHSM_TRY(path_of(of, PARTNER_INDEX_NAME, &path, err));
    if (is_there(path)) {
        CIHSM_TRY(file_read(path, "the index", &present, err));
    }
    if (present.len == made.len && memcmp(buffer_text(&present), made.data, made.len) == 0) {
        return CIHSM_OK;
    }
    of->is_index_new = true;
    return write_file(of, PARTNER_INDEX_NAME, made.data, made.len, err);
}

/* --- removal --------------------------------------------------------------------------------- */

static cihsm_status remove_file(partner_stock *of, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(path_of(of, name, &path, err));
    if (unlink(path) == 0) {
        of->removed++;
        return CIHSM_OK;
    }
    return errno == ENOENT ? CIHSM_OK
                           : cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot remove %.300s", path);
}

/* One that holds something stays. */
static void remove_folder(const partner_stock *of, const char *name)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    if (path_of(of, name, &path, NULL) == CIHSM_OK) {
        (void)rmdir(path);
    }
}

cihsm_status partner_stock_prune(partner_stock *of, const partner_texts *names, cihsm_error *err)
{
    for (size_t i = 0; i < of->index.exported.count; i++) {
        const char *name = of->index.exported.items[i];
        if (!partner_texts_has(names, name)) {
            CIHSM_TRY(remove_file(of, name, err));
        }
    }
    remove_folder(of, partner_kind_of(CIHSM_PARTNER_STRING)->set);
    remove_folder(of, partner_kind_of(CIHSM_PARTNER_BINARY)->set);
    return CIHSM_OK;
}

cihsm_status partner_stock_remove(partner_stock *of, cihsm_error *err)
{
    const partner_texts nothing = {0};
    if (!of->index.is_exported) {
        return CIHSM_OK;
    }
    CIHSM_TRY(partner_stock_prune(of, &nothing, err));
    CIHSM_TRY(remove_file(of, PARTNER_INDEX_NAME, err));
    (void)rmdir(of->folder);
    return CIHSM_OK;
}
