/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which artifacts the packages have: a list for each type of each package, several at a time.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/package.h"
#include "cihsm/scope.h"
#include "odata/page.h"
#include "odata/tidy.h"
#include "snapshot/job.h"

#define ROOM_FIRST 64

/* --- what is found --------------------------------------------------------------------------- */

static snapshot_package *package_of(const cihsm_snapshot *of, size_t job)
{
    return &of->packages[job / CIHSM_ARTIFACT_TYPES];
}

static cihsm_artifact_type type_of(size_t job)
{
    return (cihsm_artifact_type)(job % CIHSM_ARTIFACT_TYPES);
}

static cihsm_status grow(cihsm_snapshot *of, cihsm_error *err)
{
    if (of->item_count < of->item_room) {
        return CIHSM_OK;
    }
    const size_t room = of->item_room == 0 ? ROOM_FIRST : of->item_room * 2;
    snapshot_item *items = realloc(of->items, room * sizeof *items);
    if (items == NULL) {
        return cihsm_fail_memory(err);
    }
    of->items = items;
    of->item_room = room;
    return CIHSM_OK;
}

static cihsm_status add_item(cihsm_snapshot *of, size_t job, const cihsm_value *entity,
                             cihsm_error *err)
{
    const char *package = package_of(of, job)->name.id;
    if (cihsm_value_get_string(entity, "Id") == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant lists an artifact of the package \"%.120s\" without "
                                "an Id",
                                package);
    }
    CIHSM_TRY(grow(of, err));
    snapshot_item *item = &of->items[of->item_count];
    *item = (snapshot_item){.package = job / CIHSM_ARTIFACT_TYPES,
                            .type = type_of(job),
                            .entity = cihsm_value_copy(entity)};
    if (item->entity == NULL) {
        return cihsm_fail_memory(err);
    }
    of->item_count++;
    item->name.id = cihsm_value_get_string(item->entity, "Id");
    item->is_wanted = snapshot_wants_item(&of->options, package, item->name.id);
    return CIHSM_OK;
}

static cihsm_status add_items(cihsm_snapshot *of, size_t job, const cihsm_value *entities,
                              cihsm_error *err)
{
    const cihsm_value *entity = cihsm_value_first(entities);
    for (; entity != NULL; entity = cihsm_value_next(entity)) {
        CIHSM_TRY(add_item(of, job, entity, err));
    }
    package_of(of, job)->is_listed[type_of(job)] = true;
    return CIHSM_OK;
}

/* --- requests -------------------------------------------------------------------------------- */

static cihsm_status ask(void *user, size_t job, char path[CIHSM_PATH_SIZE], cihsm_error *err)
{
    const cihsm_snapshot *of = user;
    const cihsm_artifact_type type = type_of(job);
    const bool is_wanted = of->options.type == NULL || *of->options.type == type;
    *path = '\0';
    if (!package_of(of, job)->is_wanted || !is_wanted || !cihsm_artifact_is_readable(type)) {
        return CIHSM_OK;
    }
    return cihsm_package_path(package_of(of, job)->name.id, cihsm_artifact_set(type), path, err);
}

/* More than a page of one type in one package is rare: they are read one after the other. */
static cihsm_status read_long(cihsm_snapshot *of, size_t job, cihsm_error *err)
{
    const cihsm_artifact_type type = type_of(job);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CIHSM_TRY(cihsm_artifact_list(of->client, package_of(of, job)->name.id, &type, &found, err));
    return add_items(of, job, found, err);
}

static cihsm_status take(void *user, size_t job, const http_response *response, cihsm_error *err)
{
    cihsm_snapshot *of = user;
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    CIHSM_TRY(odata_page_parse(response, ODATA_WANT_ENTRIES, &page, err));
    if (page.kind != CIHSM_RESULT_COLLECTION) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant answers %s of the package \"%.120s\" with no list",
                                cihsm_artifact_set(type_of(job)), package_of(of, job)->name.id);
    }
    if (page.next != NULL) {
        return read_long(of, job, err);
    }
    CIHSM_TRY(odata_tidy(page.value, cihsm_artifact_set(type_of(job)), &of->service->types, err));
    return add_items(of, job, page.value, err);
}

/* The navigation to script collections is documented, yet not in all descriptions of the API. */
static cihsm_status fail(void *user, size_t job, const cihsm_error *why, cihsm_error *err)
{
    cihsm_snapshot *of = user;
    const snapshot_package *package = package_of(of, job);
    if (snapshot_is_fatal(why)) {
        return cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
    }
    if (why->status == CIHSM_E_NOT_FOUND && type_of(job) != CIHSM_ARTIFACT_FLOW) {
        const bool is_told = of->lacks[type_of(job)];
        of->lacks[type_of(job)] = true;
        log_line(of->service->log, is_told ? CIHSM_LOG_INFO : CIHSM_LOG_WARN, "snapshot", "%s",
                 why->message);
        return CIHSM_OK;
    }
    const snapshot_row row = {.change = "not-read",
                              .package = package->name.id,
                              .type = cihsm_artifact_type_name(type_of(job)),
                              .path = package->name.text,
                              .reason = why->message};
    of->report.failed++;
    return snapshot_add_row(of, &row, err);
}

static void tell(void *user, size_t done)
{
    cihsm_snapshot *of = user;
    snapshot_tell(of, done, of->package_count * CIHSM_ARTIFACT_TYPES);
}

/* --- order and names ------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    const snapshot_item *a = left;
    const snapshot_item *b = right;
    if (a->package != b->package) {
        return a->package < b->package ? -1 : 1;
    }
    return a->type != b->type ? (int)a->type - (int)b->type : strcmp(a->name.id, b->name.id);
}

/* Pages may overlap while artifacts come and go. */
static void drop_repeated(cihsm_snapshot *of)
{
    size_t kept = 0;
    for (size_t i = 0; i < of->item_count; i++) {
        if (kept > 0 && compare(&of->items[kept - 1], &of->items[i]) == 0) {
            cihsm_value_free(&of->items[i].entity);
            continue;
        }
        of->items[kept++] = of->items[i];
    }
    of->item_count = kept;
}

static void names_free(snapshot_name ***names)
{
    free(*names);
}

static bool are_siblings(const snapshot_item *a, const snapshot_item *b)
{
    return a->package == b->package && a->type == b->type;
}

static cihsm_status name_all(cihsm_snapshot *of, cihsm_error *err)
{
    CIHSM_AUTO(names_free) snapshot_name **names = calloc(of->item_count + 1, sizeof *names);
    if (names == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t from = 0, to = 0; from < of->item_count; from = to) {
        while (to < of->item_count && are_siblings(&of->items[from], &of->items[to])) {
            names[to - from] = &of->items[to].name;
            to++;
        }
        CIHSM_TRY(snapshot_name_all(names, to - from, err));
    }
    return CIHSM_OK;
}

cihsm_status snapshot_read_artifacts(cihsm_snapshot *of, cihsm_error *err)
{
    const snapshot_work work = {.count = of->package_count * CIHSM_ARTIFACT_TYPES,
                                .ask = ask,
                                .take = take,
                                .fail = fail,
                                .tell = tell,
                                .user = of};
    CIHSM_TRY(snapshot_engine_run(&of->engine, &work, err));
    if (of->item_count > 0) {
        qsort(of->items, of->item_count, sizeof *of->items, compare);
    }
    drop_repeated(of);
    return name_all(of, err);
}
