/* SPDX-License-Identifier: Apache-2.0 */
#include "export/manifest.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/file.h"
#include "cihsm/scope.h"
#include "export/checkpoint.h"
#include "export/moment.h"

#define NAME "manifest.json"
#define CHUNK ((size_t)512 * 1024)

static const char EXACT[] =
    "each entry whose key and time did not change while it was read is there exactly once";
static const char NOT_VERIFIED[] =
    "not verified: the set has no time property, so it was read page by page, and entries that "
    "were added or removed meanwhile may be missing or, far apart, be there twice";

typedef struct manifest {
    export_folder *folder;
    cihsm_file *file;
    buffer text; /* not yet written */
    uint64_t slices;
    export_content sum;
} manifest;

bool export_manifest_exists(const export_folder *folder)
{
    uint64_t bytes = 0;
    return export_folder_size(folder, NAME, &bytes);
}

static void manifest_end(manifest *of)
{
    cihsm_file_discard(&of->file);
    buffer_free(&of->text);
}

/* --- sums -------------------------------------------------------------------------------- */

static cihsm_status add(void *user, size_t number, const cihsm_value *line, cihsm_error *err)
{
    manifest *of = user;
    if (number == 1 || cihsm_value_get(line, "columns") != NULL) {
        return CIHSM_OK;
    }
    export_record record;
    CIHSM_TRY(export_record_read(of->folder, line, &record, err));
    of->slices++;
    of->sum.entries += record.content.entries;
    of->sum.bytes += record.content.bytes;
    of->sum.pages += record.content.pages;
    return CIHSM_OK;
}

static cihsm_status describe(const manifest *of, int64_t now_ms, cihsm_value *head,
                             cihsm_error *err)
{
    const export_plan *plan = of->folder->plan;
    char now[EXPORT_MOMENT_LEN + 1];
    char text[EXPORT_MOMENT_LEN + 2];
    export_moment_write(now_ms / 1000, now);
    snprintf(text, sizeof text, "%sZ", now);
    CIHSM_TRY(export_plan_write(plan, head, err));
    CIHSM_TRY(cihsm_value_set_string(head, "generated_at", text, err));
    CIHSM_TRY(cihsm_value_set_string(head, "client", "cihsm " CIHSM_VERSION, err));
    CIHSM_TRY(cihsm_value_set_bool(head, "verified", plan->property != NULL, err));
    CIHSM_TRY(cihsm_value_set_string(head, "guarantee",
                                     plan->property == NULL ? NOT_VERIFIED : EXACT, err));
    CIHSM_TRY(cihsm_value_set_number(head, "entries", (double)of->sum.entries, err));
    CIHSM_TRY(cihsm_value_set_number(head, "bytes", (double)of->sum.bytes, err));
    return cihsm_value_set_number(head, "pages", (double)of->sum.pages, err);
}

/* --- text -------------------------------------------------------------------------------- */

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status flush(manifest *of, cihsm_error *err)
{
    CIHSM_TRY(cihsm_file_append(of->file, buffer_text(&of->text), of->text.len, err));
    buffer_clear(&of->text);
    return CIHSM_OK;
}

/* The object is left open, for the slices. */
static cihsm_status put_head(manifest *of, int64_t now_ms, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *head = cihsm_value_new_object();
    if (head == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(describe(of, now_ms, head, err));
    CIHSM_TRY(cihsm_value_write(head, 0, collect, &of->text, err));
    of->text.len--;
    return buffer_append_text(&of->text, ",\"slices\":[", err);
}

static cihsm_status put_slice(void *user, size_t number, const cihsm_value *line, cihsm_error *err)
{
    manifest *of = user;
    if (number == 1 || cihsm_value_get(line, "columns") != NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(buffer_append_text(&of->text, of->slices++ == 0 ? "\n" : ",\n", err));
    CIHSM_TRY(cihsm_value_write(line, 0, collect, &of->text, err));
    return of->text.len < CHUNK ? CIHSM_OK : flush(of, err);
}

static cihsm_status write_all(manifest *of, int64_t now_ms, cihsm_error *err)
{
    const int fd = of->folder->checkpoint;
    CIHSM_TRY(export_checkpoint_read(fd, add, of, NULL, err));
    CIHSM_TRY(put_head(of, now_ms, err));
    of->slices = 0;
    CIHSM_TRY(export_checkpoint_read(fd, put_slice, of, NULL, err));
    CIHSM_TRY(buffer_append_text(&of->text, "\n]}\n", err));
    return flush(of, err);
}

cihsm_status export_manifest_write(export_folder *folder, int64_t now_ms, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", folder->path, NAME));
    CIHSM_AUTO(manifest_end) manifest of = {.folder = folder, .text = buffer_new(8 * CHUNK)};
    CIHSM_TRY(cihsm_file_begin(path, 0600, &of.file, err));
    CIHSM_TRY(write_all(&of, now_ms, err));
    return cihsm_file_commit(&of.file, err);
}
