/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/index.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/layout.h"
#include "partner/rules.h"

enum { TEXT_MAX = 16 * 1024 * 1024, INDENT = 2, FORMAT = 1 };

static const char TYPES[] = "ContentTypes";
static const char EXPORTED[] = "exported";
static const char NAME_PARTNER[] = "partner";
static const char NAME_FORMAT[] = "format";
static const char CREDENTIAL_USER[] = "User";

void partner_index_free(partner_index *of)
{
    text_free(&of->partner);
    partner_entries_free(&of->entries);
    cihsm_value_free(&of->types);
    partner_texts_free(&of->exported);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A document that is read. */
typedef struct reading {
    const char *path;
    partner_index *out;
} reading;

static cihsm_status refuse(const reading *of, const char *name, const char *why, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%.300s: %.60s %s", of->path, name, why);
}

/* A key of an entry: the text itself, or a member of an object. */
static cihsm_status read_key(const reading *of, const cihsm_value *from, const char *set,
                             const char *name, bool is_bare, char **out, cihsm_error *err)
{
    const char *text = is_bare ? cihsm_value_string(from) : cihsm_value_get_string(from, name);
    return text == NULL ? refuse(of, set, "has an entry that is not as an export writes it", err)
                        : text_set(out, text, err);
}

static cihsm_status read_entry(const reading *of, cihsm_partner_kind what, const cihsm_value *from,
                               cihsm_error *err)
{
    CIHSM_AUTO(partner_entry_free) partner_entry *entry = NULL;
    const partner_kind *kind = partner_kind_of(what);
    const bool is_bare = what == CIHSM_PARTNER_USER;
    const bool has_user = what == CIHSM_PARTNER_CREDENTIAL;
    size_t count = has_user ? 1 : 0;
    CIHSM_TRY(partner_entry_new(what, of->out->partner, &entry, err));
    CIHSM_TRY(text_set(&entry->file, of->path, err));
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++, count++) {
        CIHSM_TRY(read_key(of, from, kind->set, kind->keys[i], is_bare, &entry->keys[i], err));
    }
    if (has_user) {
        CIHSM_TRY(read_key(of, from, kind->set, CREDENTIAL_USER, false, &entry->detail, err));
    }
    if (!is_bare && cihsm_value_count(from) != count) {
        return refuse(of, kind->set, "has an entry with a member too many", err);
    }
    return partner_entries_add(&of->out->entries, &entry, err);
}

static cihsm_status read_entries(const reading *of, cihsm_partner_kind kind,
                                 const cihsm_value *from, cihsm_error *err)
{
    if (cihsm_value_kind(from) != CIHSM_VALUE_ARRAY) {
        return refuse(of, partner_kind_of(kind)->set, "is no array", err);
    }
    for (from = cihsm_value_first(from); from != NULL; from = cihsm_value_next(from)) {
        CIHSM_TRY(read_entry(of, kind, from, err));
    }
    return CIHSM_OK;
}

static cihsm_status read_types(const reading *of, const cihsm_value *from, cihsm_error *err)
{
    const cihsm_value *one = cihsm_value_first(from);
    while (one != NULL && cihsm_value_string(one) != NULL) {
        one = cihsm_value_next(one);
    }
    if (one != NULL || cihsm_value_kind(from) != CIHSM_VALUE_OBJECT) {
        return refuse(of, TYPES, "is no object of texts", err);
    }
    of->out->types = cihsm_value_copy(from);
    return of->out->types == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

/* What is named here may be removed, so it must be a file of a parameter. */
static cihsm_status read_exported(const reading *of, const cihsm_value *from, cihsm_error *err)
{
    static const char WHY[] = "is no array of names of parameters' files";
    if (cihsm_value_kind(from) != CIHSM_VALUE_ARRAY) {
        return refuse(of, EXPORTED, WHY, err);
    }
    of->out->is_exported = true;
    for (from = cihsm_value_first(from); from != NULL; from = cihsm_value_next(from)) {
        const char *name = cihsm_value_string(from);
        if (name == NULL || !partner_file_is_own(name)) {
            return refuse(of, EXPORTED, WHY, err);
        }
        CIHSM_TRY(partner_texts_add(&of->out->exported, name, err));
    }
    partner_texts_sort(&of->out->exported);
    return CIHSM_OK;
}

static cihsm_status read_member(const reading *of, const cihsm_value *member, cihsm_error *err)
{
    const char *name = cihsm_value_name(member);
    for (int kind = CIHSM_PARTNER_ALTERNATIVE; kind < CIHSM_PARTNER_KINDS; kind++) {
        if (strcmp(name, partner_kind_of((cihsm_partner_kind)kind)->set) == 0) {
            return read_entries(of, (cihsm_partner_kind)kind, member, err);
        }
    }
    if (strcmp(name, TYPES) == 0) {
        return read_types(of, member, err);
    }
    if (strcmp(name, EXPORTED) == 0) {
        return read_exported(of, member, err);
    }
    return strcmp(name, NAME_PARTNER) == 0 || strcmp(name, NAME_FORMAT) == 0
               ? CIHSM_OK
               : refuse(of, name, "is no member that there is", err);
}

static cihsm_status read_document(const reading *of, const cihsm_value *document, cihsm_error *err)
{
    double format = 0;
    const char *partner = cihsm_value_get_string(document, NAME_PARTNER);
    if (!cihsm_value_number(cihsm_value_get(document, NAME_FORMAT), &format) || format != FORMAT) {
        return refuse(of, NAME_FORMAT, "is not 1: it is no index of a partner that is known here",
                      err);
    }
    if (partner == NULL) {
        return refuse(of, NAME_PARTNER, "is missing: it is the id of the partner", err);
    }
    CIHSM_TRY(text_set(&of->out->partner, partner, err));
    const cihsm_value *member = cihsm_value_first(document);
    for (; member != NULL; member = cihsm_value_next(member)) {
        CIHSM_TRY(read_member(of, member, err));
    }
    return CIHSM_OK;
}

cihsm_status partner_index_parse(const char *path, const char *text, size_t len, partner_index *out,
                                 cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    cihsm_error why = {0};
    const reading of = {.path = path, .out = out};
    const cihsm_status status = cihsm_value_parse(text, len, &document, &why);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%.300s: %s", path, why.message);
    }
    return read_document(&of, document, err);
}

cihsm_status partner_index_read(const char *path, partner_index *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(file_read(path, "the index", &text, err));
    return partner_index_parse(path, buffer_text(&text), text.len, out, err);
}

/* --- writing --------------------------------------------------------------------------------- */

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status add_entry(const partner_entry *entry, cihsm_value *to, cihsm_error *err)
{
    const partner_kind *kind = partner_kind_of(entry->kind);
    if (entry->kind == CIHSM_PARTNER_USER) {
        return cihsm_value_append_string(to, entry->keys[0], err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < PARTNER_KEYS_MAX && kind->keys[i] != NULL; i++) {
        CIHSM_TRY(cihsm_value_set_string(row, kind->keys[i], entry->keys[i], err));
    }
    if (entry->kind == CIHSM_PARTNER_CREDENTIAL) {
        CIHSM_TRY(cihsm_value_set_string(row, CREDENTIAL_USER, entry->detail, err));
    }
    return cihsm_value_append(to, &row, err);
}

static cihsm_status add_entries(const partner_entries *entries, cihsm_partner_kind kind,
                                cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->items[i]->kind == kind) {
            CIHSM_TRY(add_entry(entries->items[i], list, err));
        }
    }
    return cihsm_value_set(to, partner_kind_of(kind)->set, &list, err);
}

/* Of the binaries whose extension does not say it. */
static cihsm_status add_types(const partner_entries *entries, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *types = cihsm_value_new_object();
    if (types == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < entries->count; i++) {
        const partner_entry *entry = entries->items[i];
        if (entry->kind == CIHSM_PARTNER_BINARY &&
            !text_equal(partner_type_of(partner_extension_of(entry->detail)), entry->detail)) {
            CIHSM_TRY(cihsm_value_set_string(types, entry->keys[0], entry->detail, err));
        }
    }
    return cihsm_value_set(to, TYPES, &types, err);
}

static cihsm_status add_exported(const partner_texts *names, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < names->count; i++) {
        CIHSM_TRY(cihsm_value_append_string(list, names->items[i], err));
    }
    return cihsm_value_set(to, EXPORTED, &list, err);
}

cihsm_status partner_index_make(const char *partner, const partner_entries *entries,
                                const partner_texts *exported, buffer *out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = cihsm_value_new_object();
    if (document == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_number(document, NAME_FORMAT, FORMAT, err));
    CIHSM_TRY(cihsm_value_set_string(document, NAME_PARTNER, partner, err));
    for (int kind = CIHSM_PARTNER_ALTERNATIVE; kind < CIHSM_PARTNER_KINDS; kind++) {
        CIHSM_TRY(add_entries(entries, (cihsm_partner_kind)kind, document, err));
    }
    CIHSM_TRY(add_types(entries, document, err));
    CIHSM_TRY(add_exported(exported, document, err));
    CIHSM_TRY(cihsm_value_write(document, INDENT, append, out, err));
    return buffer_append_text(out, "\n", err);
}
