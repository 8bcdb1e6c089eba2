/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a snapshot reports, and what it is about.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "snapshot/job.h"

#define SERVER_FAULT 500

cihsm_status snapshot_add_row(cihsm_snapshot *of, const snapshot_row *row, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(made, "Change", row->change, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Package", row->package, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Type", row->type, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Id", row->id, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Version", row->version, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Path", row->path, err));
    CIHSM_TRY(cihsm_value_set_string(made, "Reason", row->reason, err));
    return cihsm_value_append(of->rows, &made, err);
}

cihsm_status snapshot_add_item_row(cihsm_snapshot *of, const snapshot_item *item,
                                   const char *change, const char *reason, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(snapshot_item_path(of, item, &path, err));
    const snapshot_row row = {
        .change = change,
        .package = of->packages[item->package].name.id,
        .type = cihsm_artifact_type_name(item->type),
        .id = item->name.id,
        .version = cihsm_value_get_string(item->entity, "Version"),
        .path = path,
        .reason = reason,
    };
    return snapshot_add_row(of, &row, err);
}

/* --- order ----------------------------------------------------------------------------------- */

static int compare_texts(const cihsm_value *a, const cihsm_value *b, const char *name)
{
    const char *left = cihsm_value_get_string(a, name);
    const char *right = cihsm_value_get_string(b, name);
    return strcmp(left == NULL ? "" : left, right == NULL ? "" : right);
}

static bool is_package(const cihsm_value *row)
{
    return text_equal(cihsm_value_get_string(row, "Type"), "package");
}

static int compare(const void *left, const void *right)
{
    const cihsm_value *a = *(const cihsm_value *const *)left;
    const cihsm_value *b = *(const cihsm_value *const *)right;
    int order = compare_texts(a, b, "Package");
    order = order != 0 ? order : (int)is_package(b) - (int)is_package(a);
    order = order != 0 ? order : compare_texts(a, b, "Type");
    order = order != 0 ? order : compare_texts(a, b, "Id");
    return order != 0 ? order : compare_texts(a, b, "Change");
}

static void rows_free(const cihsm_value ***rows)
{
    free(*rows);
}

cihsm_status snapshot_sort_rows(cihsm_snapshot *of, cihsm_error *err)
{
    size_t count = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sorted = cihsm_value_new_array();
    CIHSM_AUTO(rows_free)
    const cihsm_value **rows = calloc(cihsm_value_count(of->rows) + 1, sizeof(cihsm_value *));
    if (sorted == NULL || rows == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *row = cihsm_value_first(of->rows);
    for (; row != NULL; row = cihsm_value_next(row)) {
        rows[count++] = row;
    }
    qsort(rows, count, sizeof *rows, compare);
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(rows[i]);
        if (copy == NULL) {
            return cihsm_fail_memory(err);
        }
        CIHSM_TRY(cihsm_value_append(sorted, &copy, err));
    }
    cihsm_value_free(&of->rows);
    of->rows = CIHSM_MOVE(sorted);
    return CIHSM_OK;
}

/* --------------------------------------------------------------------------------------------- */

cihsm_status snapshot_item_path(const cihsm_snapshot *of, const snapshot_item *item, char **out,
                                cihsm_error *err)
{
    return text_format(out, err, "%s/%s/%s", of->packages[item->package].name.text,
                       cihsm_artifact_type_name(item->type), item->name.text);
}

/* What the tenant says of one artifact, or what one zip is, says nothing of the next one. */
bool snapshot_is_fatal(const cihsm_error *why)
{
    const bool is_of_tenant = why->origin == CIHSM_FROM_HTTP;
    return !(
        why->status == CIHSM_E_LIMIT ||
        (is_of_tenant && (why->status == CIHSM_E_NOT_FOUND || why->status == CIHSM_E_REJECTED ||
                          why->status == CIHSM_E_CONFLICT || why->native == SERVER_FAULT)));
}

/* --- what is chosen -------------------------------------------------------------------------- */

static bool is_named(const cihsm_snapshot_options *options, const char *id)
{
    for (size_t i = 0; i < options->package_count; i++) {
        if (strcmp(options->packages[i], id) == 0) {
            return true;
        }
    }
    return options->package_count == 0;
}

static bool is_excluded(const cihsm_snapshot_options *options, const char *name, bool is_package)
{
    for (size_t i = 0; i < options->excluded_count; i++) {
        const char *pattern = options->excluded[i];
        if ((strchr(pattern, '/') == NULL) == is_package &&
            fnmatch(pattern, name, FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return false;
}

bool snapshot_wants_package(const cihsm_snapshot_options *options, const char *id)
{
    return is_named(options, id) && !is_excluded(options, id, true);
}

bool snapshot_wants_item(const cihsm_snapshot_options *options, const char *package, const char *id)
{
    CIHSM_AUTO(text_free) char *name = NULL;
    return text_format(&name, NULL, "%s/%s", package, id) != CIHSM_OK ||
           !is_excluded(options, name, false);
}

void snapshot_tell(cihsm_snapshot *of, size_t done, size_t total)
{
    of->progress.done = done;
    of->progress.total = total;
    if (of->options.progress != NULL) {
        of->options.progress(of->options.user, &of->progress);
    }
}
