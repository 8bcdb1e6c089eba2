/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles by name: a resource of the catalogue, or a task (integration/role_tasks).
 */
#include "integration/roles.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/role.h"
#include "cihsm/scope.h"
#include "integration/nearest.h"
#include "integration/role_row.h"
#include "integration/role_tasks.h"
#include "odata/path.h"

#define LISTED_MAX_BYTES 300 /* of names in a message */

/* A resource, and the way in which it is used. */
typedef struct subject {
    const char *name; /* for messages and rows */
    const cihsm_value *resource;
    const cihsm_value *roles;
    const cihsm_value *document; /* of roles.json, for the names of sources */
} subject;

static const cihsm_value *resource_named(const integration_catalogue *catalogue,
                                         const odata_segment *segment)
{
    char name[128] = "";
    if (segment->name_len >= sizeof name) {
        return NULL;
    }
    memcpy(name, segment->name, segment->name_len);
    return integration_resource(catalogue, name);
}

static bool is_resource(const integration_catalogue *catalogue, const char *path)
{
    odata_segment first;
    return odata_path_next(&path, &first) && resource_named(catalogue, &first) != NULL;
}

static cihsm_status refuse_unknown(const integration_catalogue *catalogue, const char *what,
                                   cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(integration_nearest_text(
        catalogue, what, "\"cihsm role list\" shows the tasks that have a role", &hint, err));
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND, "nothing is known of \"%.80s\": %s", what,
                            hint);
}

/* A name that leads nowhere from a resource that is known. */
static cihsm_status refuse_segment(const cihsm_value *from, const odata_segment *segment,
                                   cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer names = buffer_new(LISTED_MAX_BYTES);
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(from, "navigations"));
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (names.len + strlen(name) + sizeof ", " > LISTED_MAX_BYTES) {
            break;
        }
        CIHSM_TRY(buffer_append_text(&names, names.len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(&names, name, err));
    }
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND, "%s has no navigation \"%.*s\": %s%s",
                            integration_name(from),
                            (int)(segment->name_len < 60 ? segment->name_len : 60), segment->name,
                            names.len == 0 ? "none is known" : "it has ", buffer_text(&names));
}

/* *out is NULL where a navigation leaves the catalogue. */
static cihsm_status walk(const integration_catalogue *catalogue, const char *path,
                         const cihsm_value **out, cihsm_error *err)
{
    odata_segment segment;
    const char *cursor = path;
    const cihsm_value *here =
        odata_path_next(&cursor, &segment) ? resource_named(catalogue, &segment) : NULL;
    if (here == NULL) {
        return refuse_unknown(catalogue, path, err);
    }
    while (here != NULL && odata_path_next(&cursor, &segment)) {
        const cihsm_value *before = here;
        if (!integration_follow(catalogue, &here, &segment)) {
            return refuse_segment(before, &segment, err);
        }
        if (here == before) {
            break; /* a property, $value and the like: what follows is inside of it */
        }
    }
    *out = here;
    return CIHSM_OK;
}

/* What is odd about where the resource exists at all, beside the catalogue's own note. */
static cihsm_status note_of(const subject *of, char **out, cihsm_error *err)
{
    const char *own = cihsm_value_get_string(of->roles, "note");
    const char *where = cihsm_value_get_string(of->resource, "environment");
    if (where == NULL || text_equal(where, "cloud_foundry")) {
        return text_set(out, own, err);
    }
    return text_format(out, err, "%s%senvironment: %s", own == NULL ? "" : own,
                       own == NULL ? "" : "; ", where);
}

static bool has_verb(const cihsm_value *resource, const char *verb)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(resource, "verbs"));
    while (one != NULL && !text_equal(cihsm_value_string(one), verb)) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

static cihsm_status add_observed(const subject *of, role_row *row, const cihsm_value *seen,
                                 cihsm_value *rows, cihsm_error *err)
{
    const char *source = cihsm_value_get_string(cihsm_value_get(of->roles, "observed"), "source");
    row->evidence = ROLE_OBSERVED;
    row->source = role_tasks_source(of->document, source);
    return role_rows_add(row, seen, rows, err);
}

/* An empty array in the catalogue: nothing can be changed there; null: not documented. */
static cihsm_status add_without_role(role_row *row, bool is_documented, cihsm_value *rows,
                                     cihsm_error *err)
{
    row->evidence = is_documented ? ROLE_DOCUMENTED : ROLE_UNKNOWN;
    row->explanation = is_documented ? "no call that changes it is documented" : NULL;
    return role_row_add(row, rows, err);
}

static cihsm_status add_access(const subject *of, const char *access, cihsm_value *rows,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *note = NULL;
    CIHSM_TRY(note_of(of, &note, err));
    const char *evidence = cihsm_value_get_string(cihsm_value_get(of->roles, "evidence"), access);
    const char *source = cihsm_value_get_string(of->roles, "source");
    role_row row = {.access = access, .resource = of->name, .note = note};
    const cihsm_value *roles = cihsm_value_get(of->roles, access);
    const cihsm_value *seen = cihsm_value_get(cihsm_value_get(of->roles, "observed"), access);
    if (cihsm_value_count(roles) == 0) {
        return cihsm_value_count(seen) > 0
                   ? add_observed(of, &row, seen, rows, err)
                   : add_without_role(&row, cihsm_value_kind(roles) == CIHSM_VALUE_ARRAY, rows,
                                      err);
    }
    row.evidence = evidence == NULL ? ROLE_DOCUMENTED : evidence;
    row.source = role_tasks_source(of->document, source);
    return role_rows_add(&row, roles, rows, err);
}

/* A function import is never read; a set of which no GET is documented neither. */
static bool is_readable(const cihsm_value *resource)
{
    return cihsm_value_get_string(resource, "entity_set") != NULL &&
           (cihsm_value_count(cihsm_value_get(resource, "verbs")) == 0 ||
            has_verb(resource, "GET"));
}

cihsm_status roles_of_resource(const integration_catalogue *catalogue, const char *path, bool write,
                               cihsm_value *rows, cihsm_error *err)
{
    const cihsm_value *resource = NULL;
    CIHSM_TRY(walk(catalogue, path, &resource, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CIHSM_TRY(role_tasks_read(&document, err));
    if (resource == NULL) {
        const role_row row = {.access = "read", .evidence = ROLE_UNKNOWN, .resource = path};
        return role_row_add(&row, rows, err);
    }
    const subject of = {.name = integration_name(resource),
                        .resource = resource,
                        .roles = cihsm_value_get(resource, "roles"),
                        .document = document};
    if (is_readable(resource)) {
        CIHSM_TRY(add_access(&of, "read", rows, err));
    }
    return write || !is_readable(resource) ? add_access(&of, "write", rows, err) : CIHSM_OK;
}

static cihsm_status of_task(const integration_catalogue *catalogue, const char *phrase, bool write,
                            cihsm_value *rows, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CIHSM_TRY(role_tasks_read(&document, err));
    const role_task_filter filter = {.phrase = phrase, .is_changing_only = write};
    CIHSM_TRY(role_tasks_add(document, &filter, rows, err));
    return cihsm_value_count(rows) > 0 ? CIHSM_OK : refuse_unknown(catalogue, phrase, err);
}

cihsm_status cihsm_role_for(const char *what, bool write, cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    if (is_resource(catalogue, what)) {
        CIHSM_TRY(roles_of_resource(catalogue, what, write, rows, err));
    } else {
        CIHSM_TRY(of_task(catalogue, what, write, rows, err));
    }
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}

cihsm_status cihsm_role_list(cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CIHSM_TRY(role_tasks_read(&document, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    const role_task_filter filter = {.is_documented_only = true};
    CIHSM_TRY(role_tasks_add(document, &filter, rows, err));
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}
