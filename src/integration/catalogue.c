/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/catalogue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/catalogue_json.h"
#include "odata/path.h"

#define NAMES_A_SET 2 /* of the set and of its type */

typedef struct entry {
    const char *name; /* set, or type without namespace */
    const cihsm_value *resource;
} entry;

struct integration_catalogue {
    cihsm_value *document;
    const cihsm_value **sets; /* those with an entity set, in order */
    size_t set_count;
    entry *names; /* sorted */
    size_t name_count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static integration_catalogue *shared; /* guarded by lock until it is set, immutable then */

static const char *without_namespace(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void catalogue_free(integration_catalogue **catalogue)
{
    if (*catalogue != NULL) {
        cihsm_value_free(&(*catalogue)->document);
        free((*catalogue)->sets);
        free((*catalogue)->names);
        free(*catalogue);
        *catalogue = NULL;
    }
}

static void add_resource(integration_catalogue *to, const cihsm_value *resource)
{
    const char *set = cihsm_value_get_string(resource, "entity_set");
    const char *type = cihsm_value_get_string(resource, "entity_type");
    const char *function = cihsm_value_get_string(resource, "function_import");
    if (function != NULL) {
        to->names[to->name_count++] = (entry){function, resource};
    }
    if (set == NULL) {
        return;
    }
    to->sets[to->set_count++] = resource;
    to->names[to->name_count++] = (entry){set, resource};
    if (type != NULL) {
        to->names[to->name_count++] = (entry){without_namespace(type), resource};
    }
}

static cihsm_status build(integration_catalogue **out, cihsm_error *err)
{
    CIHSM_AUTO(catalogue_free) integration_catalogue *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_parse((const char *)integration_catalogue_json,
                                integration_catalogue_json_len, &made->document, err));
    const size_t count = cihsm_value_count(made->document);
    made->sets = calloc(count, sizeof *made->sets);
    made->names = calloc(count * NAMES_A_SET, sizeof *made->names);
    if (made->sets == NULL || made->names == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *resource = cihsm_value_first(made->document);
    for (; resource != NULL; resource = cihsm_value_next(resource)) {
        add_resource(made, resource);
    }
    qsort(made->names, made->name_count, sizeof *made->names, by_name);
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status integration_catalogue_get(const integration_catalogue **out, cihsm_error *err)
{
    pthread_mutex_lock(&lock);
    const cihsm_status status = shared == NULL ? build(&shared, err) : CIHSM_OK;
    *out = shared;
    pthread_mutex_unlock(&lock);
    return status;
}

size_t integration_set_count(const integration_catalogue *catalogue)
{
    return catalogue->set_count;
}

const char *integration_set_name(const integration_catalogue *catalogue, size_t at)
{
    return at < catalogue->set_count ? cihsm_value_get_string(catalogue->sets[at], "entity_set")
                                     : NULL;
}

static const cihsm_value *find(const integration_catalogue *catalogue, const char *owner)
{
    const entry wanted = {.name = without_namespace(owner)};
    const entry *found = bsearch(&wanted, catalogue->names, catalogue->name_count,
                                 sizeof *catalogue->names, by_name);
    return found == NULL ? NULL : found->resource;
}

/* The item of an array of {"name",…} with that name. */
static const cihsm_value *find_named(const cihsm_value *items, const char *name, size_t len)
{
    const cihsm_value *item = cihsm_value_first(items);
    for (; item != NULL; item = cihsm_value_next(item)) {
        const char *here = cihsm_value_get_string(item, "name");
        if (here != NULL && strlen(here) == len && memcmp(here, name, len) == 0) {
            return item;
        }
    }
    return NULL;
}

static const cihsm_value *array_or_null(const cihsm_value *value)
{
    return cihsm_value_count(value) > 0 ? value : NULL;
}

const char *integration_property_type(const void *catalogue, const char *owner,
                                      const char *property)
{
    const cihsm_value *resource = find(catalogue, owner);
    const cihsm_value *found =
        find_named(cihsm_value_get(resource, "properties"), property, strlen(property));
    return cihsm_value_get_string(found, "type");
}

const cihsm_value *integration_keys(const integration_catalogue *catalogue, const char *owner)
{
    return array_or_null(cihsm_value_get(find(catalogue, owner), "keys"));
}

const cihsm_value *integration_read_roles(const integration_catalogue *catalogue, const char *owner)
{
    const cihsm_value *roles = cihsm_value_get(find(catalogue, owner), "roles");
    return array_or_null(cihsm_value_get(roles, "read"));
}

const cihsm_value *integration_set(const integration_catalogue *catalogue,
                                   const odata_segment *segment)
{
    for (size_t i = 0; i < catalogue->set_count; i++) {
        const char *name = cihsm_value_get_string(catalogue->sets[i], "entity_set");
        if (strlen(name) == segment->name_len &&
            memcmp(name, segment->name, segment->name_len) == 0) {
            return catalogue->sets[i];
        }
    }
    return NULL;
}

const cihsm_value *integration_resource(const integration_catalogue *catalogue, const char *name)
{
    return find(catalogue, name);
}

const cihsm_value *integration_first(const integration_catalogue *catalogue)
{
    return cihsm_value_first(catalogue->document);
}

const char *integration_name(const cihsm_value *resource)
{
    const char *set = cihsm_value_get_string(resource, "entity_set");
    return set == NULL ? cihsm_value_get_string(resource, "function_import") : set;
}

bool integration_follow(const integration_catalogue *catalogue, const cihsm_value **resource,
                        const odata_segment *segment)
{
    const char *name = segment->name;
    const size_t len = segment->name_len;
    const cihsm_value *navigation =
        find_named(cihsm_value_get(*resource, "navigations"), name, len);
    if (navigation != NULL) {
        *resource = find(catalogue, cihsm_value_get_string(navigation, "target"));
        return true;
    }
    return name[0] == '$' ||
           find_named(cihsm_value_get(*resource, "properties"), name, len) != NULL;
}

bool integration_is_collection(const cihsm_value *resource, const char *name, size_t len)
{
    const cihsm_value *navigation = find_named(cihsm_value_get(resource, "navigations"), name, len);
    return cihsm_value_is_true(cihsm_value_get(navigation, "collection"));
}

/* Where a navigation leads; the same resource for $value, $count, $links and plain properties. */
static const cihsm_value *follow(const integration_catalogue *catalogue,
                                 const cihsm_value *resource, const odata_segment *segment)
{
    const cihsm_value *navigation =
        find_named(cihsm_value_get(resource, "navigations"), segment->name, segment->name_len);
    const char *type = cihsm_value_get_string(navigation, "target");
    const cihsm_value *target = type == NULL ? NULL : find(catalogue, type);
    return target == NULL ? resource : target;
}

const char *integration_set_of_path(const integration_catalogue *catalogue, const char *path)
{
    odata_segment segment;
    const char *cursor = path;
    if (!odata_path_next(&cursor, &segment)) {
        return NULL;
    }
    const cihsm_value *resource = integration_set(catalogue, &segment);
    while (resource != NULL && odata_path_next(&cursor, &segment)) {
        resource = follow(catalogue, resource, &segment);
    }
    return cihsm_value_get_string(resource, "entity_set");
}
