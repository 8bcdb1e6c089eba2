/* SPDX-License-Identifier: Apache-2.0 */
#include "export/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cihsm/scope.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define READ_SIZE ((size_t)64 * 1024)
#define NAMES_FIRST ((size_t)64)

/* --- lines ------------------------------------------------------------------------------- */

typedef struct lines {
    export_line_fn take;
    void *user;
    size_t number;
    uint64_t good;
} lines;

static cihsm_status take_line(lines *of, const char *text, size_t len, cihsm_error *err)
{
    of->number++;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = NULL;
    cihsm_error why = {0};
    cihsm_status status = cihsm_value_parse(text, len, &line, &why);
    if (status == CIHSM_OK) {
        status = of->take(of->user, of->number, line, &why);
    }
    if (status == CIHSM_E_CONFIG || status == CIHSM_E_PROTOCOL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "line %zu of the checkpoint cannot be used: %s; take another "
                                "folder, or put the checkpoint back as it was",
                                of->number, why.message);
    }
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, why.origin, why.native, "%s", why.message);
    }
    of->good += len + 1;
    return CIHSM_OK;
}

/* Takes the whole lines out of what was read, keeps the rest. */
static cihsm_status take_lines(lines *of, buffer *text, cihsm_error *err)
{
    size_t from = 0;
    const char *end = NULL;
    while ((end = memchr(text->data + from, '\n', text->len - from)) != NULL) {
        const size_t len = (size_t)(end - (text->data + from));
        CIHSM_TRY(take_line(of, text->data + from, len, err));
        from += len + 1;
    }
    text->len -= from;
    memmove(text->data, text->data + from, text->len);
    return CIHSM_OK;
}

/* What is cut off may only be a line of ours. */
static cihsm_status check_rest(const lines *of, const buffer *rest, cihsm_error *err)
{
    static const char PLAN[] = "{\"version\":";
    const size_t len = rest->len < sizeof PLAN - 1 ? rest->len : sizeof PLAN - 1;
    if (of->number > 0 || len == 0 || memcmp(rest->data, PLAN, len) == 0) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "checkpoint.jsonl there is none of an export: take another folder");
}

cihsm_status export_checkpoint_read(int fd, export_line_fn take, void *user, uint64_t *good,
                                    cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(LINE_MAX_BYTES + READ_SIZE);
    lines of = {.take = take, .user = user};
    char chunk[READ_SIZE];
    off_t at = 0;
    for (ssize_t got = 1; fd >= 0 && got > 0; at += got) {
        got = pread(fd, chunk, sizeof chunk, at);
        if (got < 0) {
            return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot read the checkpoint");
        }
        CIHSM_TRY(buffer_append(&text, chunk, (size_t)got, err));
        CIHSM_TRY(take_lines(&of, &text, err));
        if (text.len > LINE_MAX_BYTES) {
            return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                    "line %zu of the checkpoint is too long: take another folder",
                                    of.number + 1);
        }
    }
    if (good != NULL) {
        *good = of.good;
    }
    return check_rest(&of, &text, err);
}

/* --- state ------------------------------------------------------------------------------- */

typedef struct loader {
    const export_folder *folder;
    export_plan *plan;
    export_state *state;
} loader;

/* FNV-1a. Two names with one hash would only keep a file that does not count. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 1099511628211u;
    }
    return hash;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static cihsm_status keep_name(export_state *state, const char *name, cihsm_error *err)
{
    if (state->files == state->name_room) {
        const size_t room = state->name_room == 0 ? NAMES_FIRST : state->name_room * 2;
        uint64_t *names = realloc(state->names, room * sizeof *names);
        if (names == NULL) {
            return cihsm_fail_memory(err);
        }
        state->names = names;
        state->name_room = room;
    }
    state->names[state->files++] = hash_of(name);
    return CIHSM_OK;
}

/* Who loads the files may move them away; who changes them must be told. */
static cihsm_status look_at_file(const loader *of, const export_record *record, cihsm_error *err)
{
    if (record->content.entries == 0) {
        return CIHSM_OK;
    }
    char name[EXPORT_NAME_SIZE];
    export_folder_name(of->folder, record->span, name);
    uint64_t bytes = 0;
    if (!export_folder_size(of->folder, name, &bytes)) {
        of->state->files_gone++;
    } else if (bytes != record->content.bytes) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s has %" PRIu64 " bytes and not the %" PRIu64 " it was written "
                                "with",
                                name, bytes, record->content.bytes);
    }
    return keep_name(of->state, name, err);
}

static cihsm_status take_record(const loader *of, const cihsm_value *line, cihsm_error *err)
{
    export_record record;
    CIHSM_TRY(export_record_read(of->folder, line, &record, err));
    CIHSM_TRY(look_at_file(of, &record, err));
    bool overlaps = of->state->is_all_done;
    if (of->plan->property == NULL) {
        of->state->is_all_done = true;
    } else {
        CIHSM_TRY(export_spans_add(&of->state->done, record.span, &overlaps, err));
    }
    return overlaps ? cihsm_fail_plain(err, CIHSM_E_CONFIG, "what it says is done was done before")
                    : CIHSM_OK;
}

static cihsm_status take(void *user, size_t number, const cihsm_value *line, cihsm_error *err)
{
    const loader *of = user;
    if (number == 1) {
        of->state->has_plan = true;
        return export_plan_match(of->plan, line, of->folder->path, err);
    }
    const cihsm_value *columns = cihsm_value_get(line, "columns");
    if (columns == NULL) {
        return take_record(of, line, err);
    }
    if (cihsm_value_kind(columns) != CIHSM_VALUE_ARRAY || of->state->columns != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "its columns are no list, or a second one");
    }
    of->state->columns = cihsm_value_copy(columns);
    return of->state->columns == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

cihsm_status export_state_load(const export_folder *folder, export_plan *plan, export_state *out,
                               cihsm_error *err)
{
    loader of = {folder, plan, out};
    CIHSM_TRY(export_checkpoint_read(folder->checkpoint, take, &of, &out->good, err));
    if (out->files > 0) {
        qsort(out->names, out->files, sizeof *out->names, by_number);
    }
    return CIHSM_OK;
}

void export_state_free(export_state *state)
{
    export_spans_free(&state->done);
    cihsm_value_free(&state->columns);
    free(state->names);
    *state = (export_state){0};
}

bool export_state_has_file(const void *state, const char *name)
{
    const export_state *of = state;
    const uint64_t wanted = hash_of(name);
    return of->files > 0 &&
           bsearch(&wanted, of->names, of->files, sizeof *of->names, by_number) != NULL;
}
