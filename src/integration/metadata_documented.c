/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue in the form of metadata.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "odata/metadata.h"

/* An object with these texts; NULL is left out. */
static cihsm_status new_object(const char *const members[][2], size_t count, cihsm_value **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i][1] != NULL) {
            CIHSM_TRY(cihsm_value_set_string(made, members[i][0], members[i][1], err));
        }
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

typedef cihsm_status (*convert_fn)(const cihsm_value *from, cihsm_value **out, cihsm_error *err);

/* Sets a member to an array of what each item becomes; an item that becomes nothing is left out. */
static cihsm_status convert_list(const cihsm_value *first, convert_fn convert, const char *name,
                                 cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const cihsm_value *one = first; one != NULL; one = cihsm_value_next(one)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *made = NULL;
        CIHSM_TRY(convert(one, &made, err));
        if (made != NULL) {
            CIHSM_TRY(cihsm_value_append(list, &made, err));
        }
    }
    return cihsm_value_set(to, name, &list, err);
}

static cihsm_status convert_member(const cihsm_value *from, convert_fn convert, const char *name,
                                   cihsm_value *to, cihsm_error *err)
{
    return convert_list(cihsm_value_first(cihsm_value_get(from, name)), convert, name, to, err);
}

static cihsm_status make_key(const cihsm_value *from, cihsm_value **out, cihsm_error *err)
{
    const char *const members[][2] = {{"name", cihsm_value_get_string(from, "name")}};
    return new_object(members, 1, out, err);
}

/* Whether it may be null is not documented. */
static cihsm_status make_property(const cihsm_value *from, cihsm_value **out, cihsm_error *err)
{
    const char *const members[][2] = {
        {"name", cihsm_value_get_string(from, "name")},
        {"type", cihsm_value_get_string(from, "type")},
    };
    CIHSM_TRY(new_object(members, 2, out, err));
    return cihsm_value_set_string(*out, "nullable", NULL, err);
}

static cihsm_status make_navigation(const cihsm_value *from, cihsm_value **out, cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const char *target = cihsm_value_get_string(from, "target");
    const cihsm_value *resource = target == NULL ? NULL : integration_resource(catalogue, target);
    const bool is_many = cihsm_value_is_true(cihsm_value_get(from, "collection"));
    const char *const members[][2] = {
        {"name", cihsm_value_get_string(from, "name")},
        {"target", target},
        {"multiplicity", is_many ? "*" : "0..1"},
        {"set", cihsm_value_get_string(resource, "entity_set")},
    };
    return new_object(members, 4, out, err);
}

/* The type of a set, or the set's name if that has none. */
static const char *type_name(const cihsm_value *resource)
{
    const char *type = cihsm_value_get_string(resource, "entity_type");
    return type == NULL ? cihsm_value_get_string(resource, "entity_set") : type;
}

static cihsm_status make_set(const cihsm_value *resource, cihsm_value **out, cihsm_error *err)
{
    const char *name = cihsm_value_get_string(resource, "entity_set");
    const char *const members[][2] = {{"name", name}, {"type", type_name(resource)}};
    return name == NULL ? CIHSM_OK : new_object(members, 2, out, err);
}

static cihsm_status make_type(const cihsm_value *resource, cihsm_value **out, cihsm_error *err)
{
    const char *const members[][2] = {{"name", type_name(resource)}, {"kind", "entity"}};
    if (cihsm_value_get_string(resource, "entity_set") == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(new_object(members, 2, out, err));
    CIHSM_TRY(convert_member(resource, make_key, "keys", *out, err));
    CIHSM_TRY(convert_member(resource, make_property, "properties", *out, err));
    CIHSM_TRY(convert_member(resource, make_navigation, "navigations", *out, err));
    const bool is_media = cihsm_value_is_true(cihsm_value_get(resource, "media_stream"));
    return cihsm_value_set_bool(*out, "media", is_media, err);
}

/* A parameter that may be left out is marked "Suffix?". */
static cihsm_status make_parameter(const cihsm_value *from, cihsm_value **out, cihsm_error *err)
{
    const char *documented = cihsm_value_string(from);
    CIHSM_AUTO(text_free) char *name = NULL;
    CIHSM_TRY(text_format(&name, err, "%.*s", (int)strcspn(documented, "?"), documented));
    const char *const members[][2] = {{"name", name}};
    return new_object(members, 1, out, err);
}

static cihsm_status make_function(const cihsm_value *resource, cihsm_value **out, cihsm_error *err)
{
    const char *name = cihsm_value_get_string(resource, "function_import");
    const cihsm_value *verb = cihsm_value_first(cihsm_value_get(resource, "verbs"));
    const char *const members[][2] = {{"name", name}, {"method", cihsm_value_string(verb)}};
    if (name == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(new_object(members, 2, out, err));
    return convert_member(resource, make_parameter, "parameters", *out, err);
}

cihsm_status cihsm_metadata_documented(cihsm_metadata **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    const cihsm_value *first = integration_first(catalogue);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *digest = cihsm_value_new_object();
    if (digest == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(convert_list(first, make_set, "sets", digest, err));
    CIHSM_TRY(convert_list(first, make_type, "types", digest, err));
    CIHSM_TRY(convert_list(first, make_function, "functions", digest, err));
    return odata_metadata_new(&digest, out, err);
}
