/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/snapshot.h"
#include "cihsm/value.h"

#define NAME SNAPSHOT_OWN "/ledger.jsonl"
#define TEXT_MAX ((size_t)64 << 20)
#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define ROOM_FIRST 64
#define VERSION 1

static cihsm_status fail(cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot write %s", NAME);
}

static void entry_free(snapshot_entry *entry)
{
    text_free(&entry->path);
    text_free(&entry->version);
    text_free(&entry->modified);
}

/* --- reading --------------------------------------------------------------------------------- */

static cihsm_status grow(snapshot_ledger *ledger, cihsm_error *err)
{
    if (ledger->count < ledger->room) {
        return CIHSM_OK;
    }
    const size_t room = ledger->room == 0 ? ROOM_FIRST : ledger->room * 2;
    snapshot_entry *entries = realloc(ledger->entries, room * sizeof *entries);
    if (entries == NULL) {
        return cihsm_fail_memory(err);
    }
    ledger->entries = entries;
    ledger->room = room;
    return CIHSM_OK;
}

static cihsm_status take_entry(snapshot_ledger *ledger, const cihsm_value *line, cihsm_error *err)
{
    const char *digest = cihsm_value_get_string(line, "digest");
    if (digest == NULL || strlen(digest) >= SNAPSHOT_DIGEST_SIZE) {
        return CIHSM_OK;
    }
    CIHSM_TRY(grow(ledger, err));
    snapshot_entry *entry = &ledger->entries[ledger->count];
    *entry = (snapshot_entry){.is_before = cihsm_value_is_true(cihsm_value_get(line, "before")),
                              .line = ledger->count};
    ledger->count++;
    memcpy(entry->digest, digest, strlen(digest) + 1);
    CIHSM_TRY(text_set(&entry->path, cihsm_value_get_string(line, "path"), err));
    CIHSM_TRY(text_set(&entry->version, cihsm_value_get_string(line, "version"), err));
    return text_set(&entry->modified, cihsm_value_get_string(line, "modified"), err);
}

static cihsm_status take_line(snapshot_ledger *ledger, const char *text, size_t len,
                              cihsm_error *err)
{
    double number = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = NULL;
    if (cihsm_value_parse(text, len, &line, NULL) != CIHSM_OK) {
        return CIHSM_OK;
    }
    if (cihsm_value_get_string(line, "path") != NULL) {
        return take_entry(ledger, line, err);
    }
    if (cihsm_value_number(cihsm_value_get(line, "begun_ms"), &number)) {
        ledger->begun_ms = (int64_t)number;
    }
    ledger->is_complete =
        ledger->is_complete || cihsm_value_is_true(cihsm_value_get(line, "complete"));
    return CIHSM_OK;
}

/* A line without an end was cut off. */
static cihsm_status read_lines(snapshot_ledger *ledger, const buffer *text, cihsm_error *err)
{
    const char *end = NULL;
    for (size_t at = 0; at < text->len && (end = memchr(text->data + at, '\n', text->len - at));) {
        const size_t len = (size_t)(end - text->data) - at;
        CIHSM_TRY(take_line(ledger, text->data + at, len, err));
        at += len + 1;
    }
    return CIHSM_OK;
}

static int compare(const void *left, const void *right)
{
    const snapshot_entry *a = left;
    const snapshot_entry *b = right;
    const int by_path = strcmp(a->path, b->path);
    return by_path != 0 ? by_path : (a->line > b->line) - (a->line < b->line);
}

/* Of an artifact the last line counts. */
static void sort(snapshot_ledger *ledger)
{
    size_t kept = 0;
    if (ledger->count > 0) {
        qsort(ledger->entries, ledger->count, sizeof *ledger->entries, compare);
    }
    for (size_t i = 0; i < ledger->count; i++) {
        if (kept > 0 && strcmp(ledger->entries[kept - 1].path, ledger->entries[i].path) == 0) {
            entry_free(&ledger->entries[--kept]);
        }
        ledger->entries[kept++] = ledger->entries[i];
    }
    ledger->count = kept;
}

/* --- writing --------------------------------------------------------------------------------- */

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status add_line(buffer *to, const cihsm_value *line, cihsm_error *err)
{
    CIHSM_TRY(cihsm_value_write(line, 0, collect, to, err));
    return buffer_append_text(to, "\n", err);
}

static cihsm_status add_entry(buffer *to, const snapshot_entry *entry, bool is_before,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = cihsm_value_new_object();
    if (line == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(line, "path", entry->path, err));
    CIHSM_TRY(cihsm_value_set_string(line, "version", entry->version, err));
    CIHSM_TRY(cihsm_value_set_string(line, "modified", entry->modified, err));
    CIHSM_TRY(cihsm_value_set_string(line, "digest", entry->digest, err));
    if (is_before) {
        CIHSM_TRY(cihsm_value_set_bool(line, "before", true, err));
    }
    return add_line(to, line, err);
}

static cihsm_status add_head(buffer *to, int64_t now_ms, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = cihsm_value_new_object();
    if (line == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_number(line, "version", VERSION, err));
    CIHSM_TRY(cihsm_value_set_number(line, "begun_ms", (double)now_ms, err));
    return add_line(to, line, err);
}

/* What earlier runs knew stays known, as long as its folder is there. */
static cihsm_status begin(snapshot_ledger *ledger, const snapshot_folder *folder, const char *path,
                          int64_t now_ms, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(add_head(&text, now_ms, err));
    for (size_t i = 0; i < ledger->count; i++) {
        snapshot_entry *entry = &ledger->entries[i];
        entry->is_before = true;
        if (snapshot_folder_has(folder, entry->path, "artifact.json")) {
            CIHSM_TRY(add_entry(&text, entry, true, err));
        }
    }
    return cihsm_file_write(path, 0600, text.data, text.len, err);
}

static bool is_recent(const snapshot_ledger *ledger, int64_t now_ms)
{
    const int64_t age_ms = now_ms - ledger->begun_ms;
    return age_ms >= 0 && age_ms < (int64_t)CIHSM_SNAPSHOT_RESUME_S * 1000;
}

static cihsm_status append(const snapshot_ledger *ledger, const char *text, cihsm_error *err)
{
    const size_t len = strlen(text);
    return write(ledger->fd, text, len) == (ssize_t)len ? CIHSM_OK : fail(err);
}

cihsm_status snapshot_ledger_open(const snapshot_folder *folder, int64_t now_ms, bool is_full,
                                  snapshot_ledger *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    out->fd = -1;
    CIHSM_TRY(snapshot_folder_path(folder, NAME, &path, err));
    if (!is_full && file_read(path, "ledger", &text, NULL) == CIHSM_OK) {
        CIHSM_TRY(read_lines(out, &text, err));
        sort(out);
    }
    out->is_continued = out->begun_ms > 0 && !out->is_complete && is_recent(out, now_ms);
    if (!out->is_continued) {
        CIHSM_TRY(begin(out, folder, path, now_ms, err));
    }
    out->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (out->fd < 0) {
        return fail(err);
    }
    const bool is_cut = text.len > 0 && text.data[text.len - 1] != '\n';
    return out->is_continued && is_cut ? append(out, "\n", err) : CIHSM_OK;
}

const snapshot_entry *snapshot_ledger_find(const snapshot_ledger *ledger, const char *path)
{
    size_t from = 0;
    size_t to = ledger->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = strcmp(ledger->entries[middle].path, path);
        if (order == 0) {
            return &ledger->entries[middle];
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

cihsm_status snapshot_ledger_note(const snapshot_ledger *ledger, const snapshot_entry *entry,
                                  cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(LINE_MAX_BYTES);
    CIHSM_TRY(add_entry(&text, entry, false, err));
    return append(ledger, buffer_text(&text), err);
}

cihsm_status snapshot_ledger_end(const snapshot_ledger *ledger, cihsm_error *err)
{
    return append(ledger, "{\"complete\":true}\n", err);
}

void snapshot_ledger_free(snapshot_ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        entry_free(&ledger->entries[i]);
    }
    free(ledger->entries);
    if (ledger->fd > 0) {
        close(ledger->fd);
    }
    *ledger = (snapshot_ledger){.fd = -1};
}
