/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/index.h"
#include "partner/layout.h"
#include "partner/rules.h"

void partner_local_free(partner_local *of)
{
    text_free(&of->partner);
    text_free(&of->folder);
    partner_entries_free(&of->entries);
}

buffer partner_value_buffer(void)
{
    return buffer_new((size_t)PARTNER_BINARY_MAX * 16); /* more than what is refused by name */
}

/* --- a file ---------------------------------------------------------------------------------- */

/* Not through a link: it could lead anywhere. */
static cihsm_status check_regular(const char *path, cihsm_error *err)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_CONFIG, errno, "cannot read %.300s", path);
    }
    return S_ISREG(status.st_mode)
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "%.300s is no regular file, so it is not read: remove it", path);
}

static cihsm_status read_value(const partner_entry *entry, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(check_regular(entry->file, err));
    CIHSM_TRY(file_read(entry->file, "the value", out, err));
    if (entry->kind == CIHSM_PARTNER_STRING) {
        partner_text_from_file(out);
    }
    return CIHSM_OK;
}

cihsm_status partner_local_value(const partner_entry *entry, buffer *out, cihsm_error *err)
{
    partner_entry now = {.kind = entry->kind};
    CIHSM_TRY(read_value(entry, out, err));
    CIHSM_TRY(partner_entry_digest(&now, buffer_text(out), out->len, err));
    if (memcmp(now.digest, entry->digest, sizeof now.digest) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.300s was changed since the plan was made: run it again",
                                entry->file);
    }
    return CIHSM_OK;
}

/* --- parameters ------------------------------------------------------------------------------ */

/* A partner that is read. */
typedef struct reading {
    const partner_index *index;
    partner_local *out;
} reading;

static cihsm_status set_type(const reading *of, const char *extension, partner_entry *to,
                             cihsm_error *err)
{
    const char *by_name = partner_type_of(extension);
    const char *by_index = cihsm_value_get_string(of->index->types, to->keys[0]);
    const char *type = by_index == NULL ? by_name : by_index;
    if (type == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: the extension tells no content type, and ContentTypes of "
                                "%s has none for \"%.80s\"",
                                to->file, PARTNER_INDEX_NAME, to->keys[0]);
    }
    if (strcmp(partner_extension_of(type), extension) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%.250s: ContentTypes of %s says \"%.60s\", whose files end in "
                                "\".%s\"",
                                to->file, PARTNER_INDEX_NAME, type, partner_extension_of(type));
    }
    return text_set(&to->detail, type, err);
}

static cihsm_status add_parameter(const reading *of, cihsm_partner_kind kind, const char *name,
                                  cihsm_error *err)
{
    partner_file file;
    CIHSM_AUTO(partner_entry_free) partner_entry *entry = NULL;
    CIHSM_AUTO(buffer_free) buffer value = partner_value_buffer();
    const char *set = partner_kind_of(kind)->set;
    if (!partner_file_read(kind, name, &file)) {
        return cihsm_fail_plain(
            err, CIHSM_E_CONFIG,
            "%.200s/%s/%.100s is no parameter: the name is the id and %s; what is neither A-Z a-z "
            "0-9 nor one of \"-._~@\" is written %%XX",
            of->out->folder, set, name,
            kind == CIHSM_PARTNER_STRING
                ? "\".txt\""
                : "the content type (.xml .xsl .xsd .json .txt .zip .gz .zlib .crt)");
    }
    CIHSM_TRY(partner_entry_new(kind, of->out->partner, &entry, err));
    CIHSM_TRY(text_set(&entry->keys[0], file.id, err));
    CIHSM_TRY(text_format(&entry->file, err, "%s/%s/%s", of->out->folder, set, name));
    if (kind == CIHSM_PARTNER_BINARY) {
        CIHSM_TRY(set_type(of, file.extension, entry, err));
    }
    CIHSM_TRY(read_value(entry, &value, err));
    CIHSM_TRY(partner_entry_digest(entry, buffer_text(&value), value.len, err));
    CIHSM_TRY(partner_check_entry(entry, buffer_text(&value), err));
    return partner_entries_add(&of->out->entries, &entry, err);
}

static cihsm_status add_parameters(const reading *of, cihsm_partner_kind kind, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(partner_texts_free) partner_texts names = {0};
    CIHSM_TRY(text_format(&path, err, "%s/%s", of->out->folder, partner_kind_of(kind)->set));
    CIHSM_TRY(partner_texts_list(path, false, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        CIHSM_TRY(add_parameter(of, kind, names.items[i], err));
    }
    return CIHSM_OK;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Takes over what the index has. */
static cihsm_status add_indexed(partner_index *from, partner_entries *to, cihsm_error *err)
{
    for (size_t i = 0; i < from->entries.count; i++) {
        CIHSM_TRY(partner_check_entry(from->entries.items[i], NULL, err));
        CIHSM_TRY(partner_entries_add(to, &from->entries.items[i], err));
    }
    return CIHSM_OK;
}

/* The same agency and scheme name one id of a partner, for the tenant. */
static bool is_second(const partner_entry *a, const partner_entry *b)
{
    return partner_entry_compare(a, b) == 0 ||
           (a->kind == CIHSM_PARTNER_ALTERNATIVE && b->kind == a->kind &&
            strcmp(a->keys[0], b->keys[0]) == 0 && strcmp(a->keys[1], b->keys[1]) == 0);
}

static cihsm_status check_once(const partner_entries *of, cihsm_error *err)
{
    for (size_t i = 0; i + 1 < of->count; i++) {
        const partner_entry *one = of->items[i];
        const partner_entry *next = of->items[i + 1];
        char id[PARTNER_TITLE_SIZE / 2];
        if (!is_second(one, next)) {
            continue;
        }
        partner_entry_id(next, id, sizeof id);
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%.200s: the %s \"%.120s\" is there twice%s",
                                next->file, partner_kind_of(one->kind)->noun, id,
                                one->kind == CIHSM_PARTNER_ALTERNATIVE
                                    ? ": a partner has one id for each agency and scheme"
                                    : "");
    }
    return CIHSM_OK;
}

/* A type without its file may be the rest of a parameter that somebody deleted. */
static cihsm_status check_types(const partner_index *index, const partner_local *local,
                                cihsm_error *err)
{
    const cihsm_value *type = cihsm_value_first(index->types);
    for (; type != NULL; type = cihsm_value_next(type)) {
        CIHSM_AUTO(partner_entry_free) partner_entry *like = NULL;
        CIHSM_TRY(partner_entry_new(CIHSM_PARTNER_BINARY, local->partner, &like, err));
        CIHSM_TRY(text_set(&like->keys[0], cihsm_value_name(type), err));
        if (partner_entries_find(&local->entries, like) == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "%.250s/%s: ContentTypes names \"%.80s\", and there is no "
                                    "such file in BinaryParameters: take it out",
                                    local->folder, PARTNER_INDEX_NAME, like->keys[0]);
        }
    }
    return CIHSM_OK;
}

cihsm_status partner_local_read(const char *folder, partner_local *out, cihsm_error *err)
{
    CIHSM_AUTO(partner_index_free) partner_index index = {0};
    CIHSM_AUTO(text_free) char *path = NULL;
    const reading of = {.index = &index, .out = out};
    CIHSM_TRY(text_set(&out->folder, folder, err));
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder, PARTNER_INDEX_NAME));
    CIHSM_TRY(partner_check_folders(folder, err));
    CIHSM_TRY(check_regular(path, err));
    CIHSM_TRY(partner_index_read(path, &index, err));
    CIHSM_TRY(partner_check_id(index.partner, true, path, CIHSM_E_CONFIG, err));
    CIHSM_TRY(text_set(&out->partner, index.partner, err));
    CIHSM_TRY(add_parameters(&of, CIHSM_PARTNER_STRING, err));
    CIHSM_TRY(add_parameters(&of, CIHSM_PARTNER_BINARY, err));
    CIHSM_TRY(add_indexed(&index, &out->entries, err));
    partner_entries_sort(&out->entries);
    CIHSM_TRY(check_once(&out->entries, err));
    return check_types(&index, out, err);
}
