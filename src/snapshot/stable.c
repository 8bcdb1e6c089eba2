/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/stable.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define TEXT_MAX ((size_t)16 << 20)
#define FILE_MODE 0644

/* --- entities -------------------------------------------------------------------------------- */

static bool is_noise(const char *name)
{
    return text_starts(name, "Created") || text_starts(name, "Creation") ||
           text_starts(name, "Modified") || text_equal(name, "ArtifactContent") ||
           text_equal(name, "PackageContent");
}

static int by_name(const void *left, const void *right)
{
    return strcmp(cihsm_value_name(*(const cihsm_value *const *)left),
                  cihsm_value_name(*(const cihsm_value *const *)right));
}

static void members_free(const cihsm_value ***members)
{
    free(*members);
}

cihsm_status snapshot_stable(const cihsm_value *entity, cihsm_value **out, cihsm_error *err)
{
    size_t count = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    CIHSM_AUTO(members_free)
    const cihsm_value **members = calloc(cihsm_value_count(entity) + 1, sizeof(cihsm_value *));
    if (made == NULL || members == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *member = cihsm_value_first(entity);
    for (; member != NULL; member = cihsm_value_next(member)) {
        if (!is_noise(cihsm_value_name(member))) {
            members[count++] = member;
        }
    }
    qsort(members, count, sizeof *members, by_name);
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(members[i]);
        if (copy == NULL) {
            return cihsm_fail_memory(err);
        }
        CIHSM_TRY(cihsm_value_set(made, cihsm_value_name(members[i]), &copy, err));
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

static int by_key(const void *left, const void *right, void *key)
{
    const char *a = cihsm_value_get_string(*(const cihsm_value *const *)left, key);
    const char *b = cihsm_value_get_string(*(const cihsm_value *const *)right, key);
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

cihsm_status snapshot_stable_list(const cihsm_value *entities, const char *key, cihsm_value **out,
                                  cihsm_error *err)
{
    size_t count = 0;
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_array();
    CIHSM_AUTO(members_free)
    const cihsm_value **found = calloc(cihsm_value_count(entities) + 1, sizeof(cihsm_value *));
    if (made == NULL || found == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(text_set(&name, key, err));
    const cihsm_value *entity = cihsm_value_first(entities);
    for (; entity != NULL; entity = cihsm_value_next(entity)) {
        found[count++] = entity;
    }
    qsort_r(found, count, sizeof *found, by_key, name);
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *stable = NULL;
        CIHSM_TRY(snapshot_stable(found[i], &stable, err));
        CIHSM_TRY(cihsm_value_append(made, &stable, err));
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

cihsm_status snapshot_stable_text(const cihsm_value *value, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_value_write(value, 2, collect, out, err));
    return buffer_append_text(out, "\n", err);
}

/* --- property files -------------------------------------------------------------------------- */

/* Whether a text has the form of a pattern: A a letter, 0 a digit, Z the name of a zone. */
static bool has_form(const char *text, size_t len, const char *pattern)
{
    size_t at = 0;
    for (; *pattern != '\0' && at < len; pattern++) {
        const unsigned char c = (unsigned char)text[at];
        if (*pattern == 'Z') {
            const size_t from = at;
            while (at < len && text[at] != ' ') {
                at++;
            }
            if (at == from) {
                return false;
            }
            continue;
        }
        if (*pattern == 'A'   ? !isalpha(c)
            : *pattern == '0' ? !isdigit(c)
                              : c != (unsigned char)*pattern) {
            return false;
        }
        at++;
    }
    return *pattern == '\0' && at == len;
}

/* It is the second line where there is a comment of the program's, else the first one. */
static bool find_date(const buffer *text, size_t *from, size_t *to)
{
    size_t at = 0;
    for (int line = 0; line < 2 && at < text->len; line++) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        if (end == NULL) {
            return false;
        }
        *from = at;
        *to = (size_t)(end - text->data) + 1;
        size_t len = *to - at - 1;
        len -= len > 0 && text->data[at + len - 1] == '\r' ? 1 : 0;
        if (has_form(text->data + at, len, "#AAA AAA 00 00:00:00 Z 0000")) {
            return true;
        }
        at = *to;
    }
    return false;
}

static cihsm_status take_date_out(const char *path, cihsm_error *err)
{
    size_t from = 0;
    size_t to = 0;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(file_read(path, "property file", &text, err));
    if (!find_date(&text, &from, &to)) {
        return CIHSM_OK;
    }
    memmove(text.data + from, text.data + to, text.len - to);
    return cihsm_file_write(path, FILE_MODE, text.data, text.len - (to - from), err);
}

static cihsm_status fail_to_read(const char *path, int number, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, number, "cannot read %.300s", path);
}

static void list_close(FTS **list)
{
    if (*list != NULL) {
        fts_close(*list);
    }
}

cihsm_status snapshot_stable_content(const char *folder, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(text_set(&root, folder, err));
    char *const roots[] = {root, NULL};
    CIHSM_AUTO(list_close) FTS *list = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry = NULL;
    while (list != NULL && (errno = 0, (entry = fts_read(list)) != NULL)) {
        const bool is_property_file = text_equal(entry->fts_name, "parameters.prop") ||
                                      text_equal(entry->fts_name, "metainfo.prop");
        if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
            return fail_to_read(entry->fts_path, entry->fts_errno, err);
        }
        if (entry->fts_info == FTS_F && is_property_file) {
            CIHSM_TRY(take_date_out(entry->fts_path, err));
        }
    }
    return errno == 0 ? CIHSM_OK : fail_to_read(folder, errno, err);
}
