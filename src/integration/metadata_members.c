/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata as rows: what the entries of a set have.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/metadata.h"
#include "cihsm/scope.h"
#include "integration/metadata_type.h"
#include "integration/nearest.h"
#include "odata/metadata.h"

enum {
    NESTED_MAX = 4,     /* complex types inside each other */
    UNFOLDED_MAX = 5000 /* rows; from there on complex types stay folded */
};

/* Where rows are made. */
typedef struct place {
    const cihsm_metadata *metadata;
    const cihsm_value *type;
    const char *prefix; /* "IntegrationArtifact." */
    int depth;
} place;

static bool is_key(const cihsm_value *type, const char *name)
{
    const cihsm_value *key = cihsm_value_first(cihsm_value_get(type, "keys"));
    while (key != NULL && !text_equal(cihsm_value_get_string(key, "name"), name)) {
        key = cihsm_value_next(key);
    }
    return key != NULL;
}

static cihsm_status new_row(const place *in, const cihsm_value *member, const char *kind,
                            const char *type, cihsm_value **out, cihsm_error *err)
{
    char shown[METADATA_TYPE_SIZE];
    metadata_type_short(type, shown);
    CIHSM_AUTO(text_free) char *name = NULL;
    const char *own = cihsm_value_get_string(member, "name");
    CIHSM_TRY(text_format(&name, err, "%s%s", in->prefix, own == NULL ? "" : own));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "Name", name, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Kind", kind, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Type", shown, err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

/* "nullable" is true where nothing stands, and null where nothing is known. */
static cihsm_status set_facets(const cihsm_value *property, cihsm_value *row, cihsm_error *err)
{
    const cihsm_value *nullable = cihsm_value_get(property, "nullable");
    double length = 0;
    if (nullable == NULL || cihsm_value_kind(nullable) == CIHSM_VALUE_BOOL) {
        const bool may_be_null = nullable == NULL || cihsm_value_is_true(nullable);
        CIHSM_TRY(cihsm_value_set_bool(row, "Nullable", may_be_null, err));
    }
    return cihsm_value_number(cihsm_value_get(property, "maxLength"), &length)
               ? cihsm_value_set_number(row, "MaxLength", length, err)
               : CIHSM_OK;
}

static cihsm_status add_properties(const place *in, cihsm_value *rows, cihsm_error *err);

/* The properties of a complex one, below it. */
static cihsm_status unfold(const place *in, const cihsm_value *property, cihsm_value *rows,
                           cihsm_error *err)
{
    const cihsm_value *type =
        odata_metadata_type(in->metadata, cihsm_value_get_string(property, "type"));
    if (type == NULL || in->depth == NESTED_MAX || cihsm_value_count(rows) > UNFOLDED_MAX) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *prefix = NULL;
    CIHSM_TRY(
        text_format(&prefix, err, "%s%s.", in->prefix, cihsm_value_get_string(property, "name")));
    const place below = {in->metadata, type, prefix, in->depth + 1};
    return add_properties(&below, rows, err);
}

static cihsm_status add_properties(const place *in, cihsm_value *rows, cihsm_error *err)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(in->type, "properties"));
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        const char *kind = is_key(in->type, name) ? "key" : "property";
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CIHSM_TRY(new_row(in, one, kind, cihsm_value_get_string(one, "type"), &row, err));
        CIHSM_TRY(set_facets(one, row, err));
        CIHSM_TRY(cihsm_value_append(rows, &row, err));
        CIHSM_TRY(unfold(in, one, rows, err));
    }
    return CIHSM_OK;
}

static cihsm_status add_navigations(const place *in, cihsm_value *rows, cihsm_error *err)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(in->type, "navigations"));
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *many = cihsm_value_get_string(one, "multiplicity");
        const char *set = cihsm_value_get_string(one, "set");
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CIHSM_TRY(new_row(in, one, "navigation", cihsm_value_get_string(one, "target"), &row, err));
        CIHSM_TRY(cihsm_value_set_string(row, "Multiplicity", many, err));
        CIHSM_TRY(cihsm_value_set_string(row, "Set", set, err));
        CIHSM_TRY(cihsm_value_append(rows, &row, err));
    }
    return CIHSM_OK;
}

/* A type by the name behind its namespace. */
static const cihsm_value *type_by_short_name(const cihsm_metadata *metadata, const char *wanted)
{
    const cihsm_value *types = cihsm_value_get(odata_metadata_digest(metadata), "types");
    const cihsm_value *type = cihsm_value_first(types);
    for (; type != NULL; type = cihsm_value_next(type)) {
        const char *name = cihsm_value_get_string(type, "name");
        const char *dot = name == NULL ? NULL : strrchr(name, '.');
        if (dot != NULL && strcmp(dot + 1, wanted) == 0) {
            return type;
        }
    }
    return NULL;
}

static const cihsm_value *find_type(const cihsm_metadata *metadata, const char *name)
{
    const cihsm_value *set = odata_metadata_set(metadata, name);
    if (set != NULL) {
        return odata_metadata_type(metadata, cihsm_value_get_string(set, "type"));
    }
    const cihsm_value *type = odata_metadata_type(metadata, name);
    return type == NULL ? type_by_short_name(metadata, name) : type;
}

static cihsm_status fail_unknown(const cihsm_metadata *metadata, const char *name, cihsm_error *err)
{
    const char *nearest[CIHSM_NEAREST_MAX] = {0};
    const cihsm_value *sets = cihsm_value_get(odata_metadata_digest(metadata), "sets");
    const size_t count = integration_nearest_named(sets, name, nearest);
    CIHSM_AUTO(text_free) char *hint = NULL;
    CIHSM_TRY(nearest_text(nearest, count,
                           "\"cihsm metadata\" lists them, and with --functions what to call",
                           &hint, err));
    return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                            "the metadata has no entity set and no type \"%.80s\": %s", name, hint);
}

/* What is inherited stands first. */
static cihsm_status add_members(const cihsm_metadata *metadata, const cihsm_value *type,
                                cihsm_value *rows, cihsm_error *err)
{
    place chain[ODATA_BASES_MAX];
    size_t count = 0;
    while (type != NULL && count < ODATA_BASES_MAX) {
        chain[count++] = (place){metadata, type, "", 0};
        type = odata_metadata_type(metadata, cihsm_value_get_string(type, "base"));
    }
    for (size_t i = count; i > 0; i--) {
        CIHSM_TRY(add_properties(&chain[i - 1], rows, err));
    }
    for (size_t i = count; i > 0; i--) {
        CIHSM_TRY(add_navigations(&chain[i - 1], rows, err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_metadata_members(const cihsm_metadata *metadata, const char *name,
                                    cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    const cihsm_value *type = find_type(metadata, name);
    if (type == NULL) {
        return fail_unknown(metadata, name, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(add_members(metadata, type, rows, err));
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}
