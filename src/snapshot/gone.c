/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the folder has and the tenant has no more. Only what a snapshot wrote counts: packages with
 * package.json, artifacts with artifact.json.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "snapshot/job.h"

#define TEXT_MAX ((size_t)16 << 20)

/* Calls take for each name in a folder below the snapshot; nothing if there is no such folder. */
typedef struct visit {
    cihsm_snapshot *of;
    const char *below;  /* "Sales/flow"; ".": the snapshot itself */
    const char *marker; /* file that shows who wrote it */
    cihsm_status (*take)(const struct visit *visit, const char *name, cihsm_error *err);
    const snapshot_package *package; /* NULL: the tenant has it no more */
    const char *package_id;
    cihsm_artifact_type type;
} visit;

static void close_list(DIR **list)
{
    if (*list != NULL) {
        closedir(*list);
    }
}

static cihsm_status fail_to_read(const char *path, cihsm_error *err)
{
    return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot read the folder %.300s", path);
}

static cihsm_status visit_one(const visit *of, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", of->below, name));
    if (name[0] == '.' || !snapshot_folder_has(of->of->folder, path, of->marker)) {
        return CIHSM_OK;
    }
    return of->take(of, name, err);
}

static cihsm_status visit_all(const visit *of, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    const struct dirent *entry = NULL;
    CIHSM_TRY(snapshot_folder_path(of->of->folder, of->below, &path, err));
    CIHSM_AUTO(close_list) DIR *list = opendir(path);
    if (list == NULL) {
        return errno == ENOENT || errno == ENOTDIR ? CIHSM_OK : fail_to_read(path, err);
    }
    while (errno = 0, (entry = readdir(list)) != NULL) {
        CIHSM_TRY(visit_one(of, entry->d_name, err));
    }
    return errno == 0 ? CIHSM_OK : fail_to_read(path, err);
}

/* What a file of the snapshot says; an empty object if it says nothing. */
static cihsm_status read_file(const cihsm_snapshot *of, const char *below, const char *name,
                              cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(text_format(&path, err, "%s/%s/%s", of->folder->path, below, name));
    if (file_read(path, "file", &text, NULL) == CIHSM_OK &&
        cihsm_value_parse(buffer_text(&text), text.len, out, NULL) == CIHSM_OK) {
        return CIHSM_OK;
    }
    *out = cihsm_value_new_object();
    return *out == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

/* The id that a file of the snapshot says; what it does not say is as the folder is named. */
static const char *id_of(const cihsm_value *said, const char *name)
{
    const char *id = cihsm_value_get_string(said, "Id");
    return id == NULL ? name : id;
}

/* --- artifacts ------------------------------------------------------------------------------- */

static bool is_of_tenant(const visit *of, const char *name)
{
    for (size_t i = 0; of->package != NULL && i < of->of->item_count; i++) {
        const snapshot_item *item = &of->of->items[i];
        if (&of->of->packages[item->package] == of->package && item->type == of->type &&
            strcmp(item->name.text, name) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status report_gone(const visit *of, const char *below, const cihsm_value *said,
                                const char *id, cihsm_error *err)
{
    cihsm_snapshot *snapshot = of->of;
    const bool is_removed = snapshot->options.prunes;
    const snapshot_row row = {.change = is_removed ? "removed" : "gone",
                              .package = of->package_id,
                              .type = cihsm_artifact_type_name(of->type),
                              .id = id,
                              .version = cihsm_value_get_string(said, "Version"),
                              .path = below};
    snapshot->report.removed += is_removed ? 1 : 0;
    snapshot->report.gone += is_removed ? 0 : 1;
    CIHSM_TRY(snapshot_add_row(snapshot, &row, err));
    return is_removed ? snapshot_folder_remove(snapshot->folder, below, err) : CIHSM_OK;
}

static cihsm_status take_artifact(const visit *of, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *below = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *said = NULL;
    if (is_of_tenant(of, name)) {
        return CIHSM_OK;
    }
    CIHSM_TRY(text_format(&below, err, "%s/%s", of->below, name));
    CIHSM_TRY(read_file(of->of, below, of->marker, &said, err));
    const char *id = id_of(said, name);
    return snapshot_wants_item(&of->of->options, of->package_id, id)
               ? report_gone(of, below, said, id, err)
               : CIHSM_OK;
}

/* --- packages -------------------------------------------------------------------------------- */

static const snapshot_package *find_package(const cihsm_snapshot *of, const char *name)
{
    for (size_t i = 0; i < of->package_count; i++) {
        if (strcmp(of->packages[i].name.text, name) == 0) {
            return &of->packages[i];
        }
    }
    return NULL;
}

static bool is_looked_at(const cihsm_snapshot *of, const snapshot_package *package,
                         cihsm_artifact_type type)
{
    const bool is_wanted = of->options.type == NULL || *of->options.type == type;
    return is_wanted && (package == NULL || package->is_listed[type]);
}

static cihsm_status visit_types(cihsm_snapshot *of, const snapshot_package *package,
                                const char *package_id, const char *name, cihsm_error *err)
{
    for (int i = 0; i < CIHSM_ARTIFACT_TYPES; i++) {
        const cihsm_artifact_type type = (cihsm_artifact_type)i;
        CIHSM_AUTO(text_free) char *below = NULL;
        CIHSM_TRY(text_format(&below, err, "%s/%s", name, cihsm_artifact_type_name(type)));
        const visit artifacts = {.of = of,
                                 .below = below,
                                 .marker = "artifact.json",
                                 .take = take_artifact,
                                 .package = package,
                                 .package_id = package_id,
                                 .type = type};
        if (is_looked_at(of, package, type)) {
            CIHSM_TRY(visit_all(&artifacts, err));
        }
    }
    return CIHSM_OK;
}

/* What a person put beside it stays. */
static cihsm_status remove_package(const cihsm_snapshot *of, const char *name, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(text_free) char *file = NULL;
    CIHSM_TRY(snapshot_folder_path(of->folder, name, &path, err));
    CIHSM_TRY(text_format(&file, err, "%s/package.json", path));
    if (unlink(file) != 0) {
        return cihsm_fail_errno(err, CIHSM_E_IO, errno, "cannot remove %.300s", file);
    }
    (void)rmdir(path); /* fails if something is left in it */
    return CIHSM_OK;
}

static cihsm_status take_gone_package(cihsm_snapshot *of, const char *name, const char *id,
                                      const cihsm_value *said, cihsm_error *err)
{
    const bool is_removed = of->options.prunes;
    const snapshot_row row = {.change = is_removed ? "removed" : "gone",
                              .package = id,
                              .type = "package",
                              .id = id,
                              .version = cihsm_value_get_string(said, "Version"),
                              .path = name};
    CIHSM_TRY(visit_types(of, NULL, id, name, err));
    if (of->options.type != NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(snapshot_add_row(of, &row, err));
    return is_removed ? remove_package(of, name, err) : CIHSM_OK;
}

static cihsm_status take_package(const visit *visited, const char *name, cihsm_error *err)
{
    cihsm_snapshot *of = visited->of;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *said = NULL;
    const snapshot_package *package = find_package(of, name);
    if (package != NULL) {
        return package->is_wanted ? visit_types(of, package, package->name.id, name, err)
                                  : CIHSM_OK;
    }
    CIHSM_TRY(read_file(of, name, visited->marker, &said, err));
    const char *id = id_of(said, name);
    return snapshot_wants_package(&of->options, id) ? take_gone_package(of, name, id, said, err)
                                                    : CIHSM_OK;
}

cihsm_status snapshot_find_gone(cihsm_snapshot *of, cihsm_error *err)
{
    const visit packages = {.of = of, .below = ".", .marker = "package.json", .take = take_package};
    return visit_all(&packages, err);
}
