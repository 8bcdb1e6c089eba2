/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata as rows: the entity sets and the function imports. The members of a set are in
 * metadata_members.c.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/metadata.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"
#include "integration/metadata_type.h"
#include "odata/metadata.h"

#define NAMES_MAX_BYTES 65536

/* What a set's type and the ones below it have. */
typedef struct tally {
    buffer keys;
    buffer navigations;
    size_t properties;
    bool is_media;
} tally;

static tally tally_new(void)
{
    return (tally){.keys = buffer_new(NAMES_MAX_BYTES), .navigations = buffer_new(NAMES_MAX_BYTES)};
}

static void tally_free(tally *of)
{
    buffer_free(&of->keys);
    buffer_free(&of->navigations);
}

/* The names of a list with commas, as far as they are no longer than anyone reads. */
static cihsm_status join_names(const cihsm_value *list, buffer *to, cihsm_error *err)
{
    for (const cihsm_value *one = cihsm_value_first(list); one != NULL;
         one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "name");
        if (name != NULL) {
            CIHSM_TRY(buffer_append_text(to, to->len == 0 ? "" : ", ", err));
            CIHSM_TRY(buffer_append_text(to, name, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status count_type(const cihsm_metadata *metadata, const char *name, tally *to,
                               cihsm_error *err)
{
    for (int i = 0; i < ODATA_BASES_MAX && name != NULL; i++) {
        const cihsm_value *type = odata_metadata_type(metadata, name);
        CIHSM_TRY(join_names(cihsm_value_get(type, "keys"), &to->keys, err));
        CIHSM_TRY(join_names(cihsm_value_get(type, "navigations"), &to->navigations, err));
        to->properties += cihsm_value_count(cihsm_value_get(type, "properties"));
        to->is_media = to->is_media || cihsm_value_is_true(cihsm_value_get(type, "media"));
        name = cihsm_value_get_string(type, "base");
    }
    return CIHSM_OK;
}

static bool is_documented(const integration_catalogue *catalogue, const char *set)
{
    const cihsm_value *resource = integration_resource(catalogue, set);
    return text_equal(cihsm_value_get_string(resource, "entity_set"), set);
}

static cihsm_status add_set(const cihsm_metadata *metadata, const cihsm_value *set,
                            cihsm_value *rows, cihsm_error *err)
{
    const char *name = cihsm_value_get_string(set, "name");
    const integration_catalogue *catalogue = NULL;
    CIHSM_AUTO(tally_free) tally has = tally_new();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_TRY(count_type(metadata, cihsm_value_get_string(set, "type"), &has, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Set", name, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Keys", buffer_text(&has.keys), err));
    CIHSM_TRY(cihsm_value_set_number(row, "Properties", (double)has.properties, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Navigations", buffer_text(&has.navigations), err));
    CIHSM_TRY(cihsm_value_set_bool(row, "Media", has.is_media, err));
    CIHSM_TRY(cihsm_value_set_bool(row, "Documented", is_documented(catalogue, name), err));
    return cihsm_value_append(rows, &row, err);
}

/* "Id Edm.String, Version Edm.String"; no type where it is not known. */
static cihsm_status join_parameters(const cihsm_value *list, buffer *to, cihsm_error *err)
{
    for (const cihsm_value *one = cihsm_value_first(list); one != NULL;
         one = cihsm_value_next(one)) {
        char type[METADATA_TYPE_SIZE];
        metadata_type_short(cihsm_value_get_string(one, "type"), type);
        const char *name = cihsm_value_get_string(one, "name");
        CIHSM_TRY(buffer_append_text(to, to->len == 0 ? "" : ", ", err));
        CIHSM_TRY(buffer_append_text(to, name == NULL ? "" : name, err));
        CIHSM_TRY(buffer_append_text(to, type[0] == '\0' ? "" : " ", err));
        CIHSM_TRY(buffer_append_text(to, type, err));
    }
    return CIHSM_OK;
}

static cihsm_status set_known(cihsm_value *row, const char *name, const char *text,
                              cihsm_error *err)
{
    return text == NULL || text[0] == '\0' ? CIHSM_OK
                                           : cihsm_value_set_string(row, name, text, err);
}

static cihsm_status add_function(const cihsm_metadata *metadata, const cihsm_value *function,
                                 cihsm_value *rows, cihsm_error *err)
{
    (void)metadata;
    char returns[METADATA_TYPE_SIZE];
    metadata_type_short(cihsm_value_get_string(function, "returns"), returns);
    CIHSM_AUTO(buffer_free) buffer parameters = buffer_new(NAMES_MAX_BYTES);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(join_parameters(cihsm_value_get(function, "parameters"), &parameters, err));
    CIHSM_TRY(set_known(row, "Function", cihsm_value_get_string(function, "name"), err));
    CIHSM_TRY(set_known(row, "Method", cihsm_value_get_string(function, "method"), err));
    CIHSM_TRY(cihsm_value_set_string(row, "Parameters", buffer_text(&parameters), err));
    CIHSM_TRY(set_known(row, "Returns", returns, err));
    CIHSM_TRY(set_known(row, "Set", cihsm_value_get_string(function, "set"), err));
    return cihsm_value_append(rows, &row, err);
}

typedef cihsm_status (*add_fn)(const cihsm_metadata *metadata, const cihsm_value *item,
                               cihsm_value *rows, cihsm_error *err);

/* A row for each item of a list of the digest. */
static cihsm_status list_rows(const cihsm_metadata *metadata, const char *list, add_fn add,
                              cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *items = cihsm_value_get(odata_metadata_digest(metadata), list);
    const cihsm_value *item = cihsm_value_first(items);
    for (; item != NULL; item = cihsm_value_next(item)) {
        if (cihsm_value_get_string(item, "name") != NULL) {
            CIHSM_TRY(add(metadata, item, rows, err));
        }
    }
    *out = CIHSM_MOVE(rows);
    return CIHSM_OK;
}

cihsm_status cihsm_metadata_sets(const cihsm_metadata *metadata, cihsm_value **out,
                                 cihsm_error *err)
{
    return list_rows(metadata, "sets", add_set, out, err);
}

cihsm_status cihsm_metadata_functions(const cihsm_metadata *metadata, cihsm_value **out,
                                      cihsm_error *err)
{
    return list_rows(metadata, "functions", add_function, out, err);
}
