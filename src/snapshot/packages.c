/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packages the tenant has.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cihsm/package.h"
#include "cihsm/scope.h"
#include "snapshot/job.h"
#include "snapshot/stable.h"

static int by_id(const void *left, const void *right)
{
    const snapshot_package *a = left;
    const snapshot_package *b = right;
    return strcmp(a->name.id, b->name.id);
}

static bool has_package(const cihsm_snapshot *of, const char *id)
{
    for (size_t i = 0; i < of->package_count; i++) {
        if (strcmp(of->packages[i].name.id, id) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status take(cihsm_snapshot *of, const cihsm_value *entity, cihsm_error *err)
{
    if (cihsm_value_get_string(entity, "Id") == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the tenant lists a package without an Id");
    }
    snapshot_package *package = &of->packages[of->package_count];
    *package = (snapshot_package){.entity = cihsm_value_copy(entity)};
    if (package->entity == NULL) {
        return cihsm_fail_memory(err);
    }
    of->package_count++;
    package->name.id = cihsm_value_get_string(package->entity, "Id");
    package->is_wanted = snapshot_wants_package(&of->options, package->name.id);
    package->is_configure_only = cihsm_package_is_read_only(package->entity);
    return CIHSM_OK;
}

/* Pages may overlap while packages come and go. */
static void drop_repeated(cihsm_snapshot *of)
{
    size_t kept = 0;
    for (size_t i = 0; i < of->package_count; i++) {
        if (kept > 0 && by_id(&of->packages[kept - 1], &of->packages[i]) == 0) {
            cihsm_value_free(&of->packages[i].entity);
            continue;
        }
        of->packages[kept++] = of->packages[i];
    }
    of->package_count = kept;
}

static void names_free(snapshot_name ***names)
{
    free(*names);
}

static cihsm_status name_all(cihsm_snapshot *of, cihsm_error *err)
{
    CIHSM_AUTO(names_free) snapshot_name **names = calloc(of->package_count + 1, sizeof *names);
    if (names == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < of->package_count; i++) {
        names[i] = &of->packages[i].name;
    }
    return snapshot_name_all(names, of->package_count, err);
}

static cihsm_status check_named(const cihsm_snapshot *of, cihsm_error *err)
{
    for (size_t i = 0; i < of->options.package_count; i++) {
        if (!has_package(of, of->options.packages[i])) {
            return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                                    "there is no package \"%.120s\"; \"cihsm package list\" "
                                    "lists them",
                                    of->options.packages[i]);
        }
    }
    return CIHSM_OK;
}

static cihsm_status write_package(cihsm_snapshot *of, const snapshot_package *package,
                                  cihsm_error *err)
{
    static const char *const CHANGES[] = {[SNAPSHOT_NEW] = "new", [SNAPSHOT_CHANGED] = "changed"};
    snapshot_change change = SNAPSHOT_SAME;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *stable = NULL;
    CIHSM_TRY(snapshot_stable(package->entity, &stable, err));
    CIHSM_TRY(snapshot_folder_package(of->folder, package->name.text, stable, &change, err));
    const snapshot_row row = {.change = CHANGES[change],
                              .package = package->name.id,
                              .type = "package",
                              .id = package->name.id,
                              .version = cihsm_value_get_string(package->entity, "Version"),
                              .path = package->name.text};
    return change == SNAPSHOT_SAME ? CIHSM_OK : snapshot_add_row(of, &row, err);
}

static cihsm_status note_configure_only(cihsm_snapshot *of, const snapshot_package *package,
                                        cihsm_error *err)
{
    const snapshot_row row = {
        .change = "not-read",
        .package = package->name.id,
        .type = "package",
        .id = package->name.id,
        .version = cihsm_value_get_string(package->entity, "Version"),
        .path = package->name.text,
        .reason = "configure-only: there are properties and parameters, no content"};
    of->report.configure_only++;
    return snapshot_add_row(of, &row, err);
}

static cihsm_status take_all(cihsm_snapshot *of, const cihsm_value *found, cihsm_error *err)
{
    of->packages = calloc(cihsm_value_count(found) + 1, sizeof *of->packages);
    if (of->packages == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *entity = cihsm_value_first(found);
    for (; entity != NULL; entity = cihsm_value_next(entity)) {
        CIHSM_TRY(take(of, entity, err));
    }
    if (of->package_count > 0) {
        qsort(of->packages, of->package_count, sizeof *of->packages, by_id);
    }
    drop_repeated(of);
    return name_all(of, err);
}

cihsm_status snapshot_read_packages(cihsm_snapshot *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CIHSM_TRY(cihsm_package_list(of->client, &found, err));
    CIHSM_TRY(take_all(of, found, err));
    CIHSM_TRY(check_named(of, err));
    for (size_t i = 0; i < of->package_count; i++) {
        const snapshot_package *package = &of->packages[i];
        if (package->is_wanted) {
            of->report.packages++;
            CIHSM_TRY(write_package(of, package, err));
        }
        if (package->is_wanted && package->is_configure_only) {
            CIHSM_TRY(note_configure_only(of, package, err));
        }
    }
    return CIHSM_OK;
}
