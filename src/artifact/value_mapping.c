/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of value mappings. Source: docs/sap-contract.md section 7.2.
 */
#include "cihsm/value_mapping.h"

#include <stdio.h>
#include <string.h>

#include "artifact/request.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

enum { KEYS = 4 };

static const char *const NAMES[KEYS] = {"SrcAgency", "SrcId", "TgtAgency", "TgtId"};

static void values_of(const cihsm_mapping_schema *schema, const char *out[KEYS])
{
    out[0] = schema->source_agency;
    out[1] = schema->source_id;
    out[2] = schema->target_agency;
    out[3] = schema->target_id;
}

/* --- reading --------------------------------------------------------------------------------- */

/* Calls @p take for each entry below the artifact, over all pages. */
static cihsm_status
read_all(cihsm_client *client, const cihsm_artifact *artifact, const char *below,
         cihsm_status (*take)(void *user, const cihsm_value *entry, cihsm_error *err), void *user,
         cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_TRY(cihsm_artifact_path(artifact, below, path, err));
    CIHSM_TRY(cihsm_client_get(client, path, NULL, &result, err));
    for (;;) {
        const cihsm_value *entry = NULL;
        CIHSM_TRY(cihsm_result_next_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        CIHSM_TRY(take(user, entry, err));
    }
}

typedef struct selection {
    const char *wanted[KEYS];
    cihsm_value *found;
} selection;

static cihsm_status take_schema(void *user, const cihsm_value *entry, cihsm_error *err)
{
    selection *of = user;
    for (int i = 0; i < KEYS; i++) {
        if (of->wanted[i] != NULL &&
            !text_equal(of->wanted[i], cihsm_value_get_string(entry, NAMES[i]))) {
            return CIHSM_OK;
        }
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(entry);
    return copy == NULL ? cihsm_fail_memory(err) : cihsm_value_append(of->found, &copy, err);
}

/* Of a 404 it is told what there is not. */
static cihsm_status explain_missing(cihsm_client *client, const cihsm_artifact *artifact,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    cihsm_error why = {0};
    if (err->status == CIHSM_E_NOT_FOUND &&
        cihsm_artifact_read(client, artifact, &found, &why) == CIHSM_E_NOT_FOUND) {
        *err = why;
    }
    return err->status;
}

cihsm_status cihsm_mapping_schemas(cihsm_client *client, const cihsm_artifact *artifact,
                                   const cihsm_mapping_schema *only, cihsm_value **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    selection of = {.found = found};
    if (found == NULL) {
        return cihsm_fail_memory(err);
    }
    if (only != NULL) {
        values_of(only, of.wanted);
    }
    cihsm_error why = {0};
    if (read_all(client, artifact, "ValMapSchema", take_schema, &of, &why) != CIHSM_OK) {
        (void)explain_missing(client, artifact, &why);
        return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
    }
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

/* The complex value, which SAP's samples show as an array of one. */
static const cihsm_value *pair_of(const cihsm_value *entry)
{
    const cihsm_value *value = cihsm_value_get(entry, "Value");
    const cihsm_value *results = cihsm_value_get(value, "results");
    value = results != NULL ? results : value;
    return cihsm_value_kind(value) == CIHSM_VALUE_ARRAY ? cihsm_value_first(value) : value;
}

typedef struct mapping_rows {
    const char *key[KEYS];
    cihsm_value *found;
} mapping_rows;

static cihsm_status take_mapping(void *user, const cihsm_value *entry, cihsm_error *err)
{
    mapping_rows *of = user;
    const cihsm_value *pair = pair_of(entry);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    for (int i = 0; i < KEYS; i++) {
        CIHSM_TRY(cihsm_value_set_string(row, NAMES[i], of->key[i], err));
    }
    CIHSM_TRY(
        cihsm_value_set_string(row, "SrcValue", cihsm_value_get_string(pair, "SrcValue"), err));
    CIHSM_TRY(
        cihsm_value_set_string(row, "TgtValue", cihsm_value_get_string(pair, "TgtValue"), err));
    CIHSM_TRY(cihsm_value_set_bool(row, "Default", false, err));
    CIHSM_TRY(cihsm_value_set_string(row, "Id", cihsm_value_get_string(entry, "Id"), err));
    return cihsm_value_append(of->found, &row, err);
}

static cihsm_status take_id(void *user, const cihsm_value *entry, cihsm_error *err)
{
    return cihsm_value_append_string(user, cihsm_value_get_string(entry, "Id"), err);
}

/* The id in a list that is mostly in the order in which it is asked for: from @p from on, then from
 * the start. */
static const cihsm_value *find_id(const cihsm_value *ids, const cihsm_value *from, const char *id)
{
    const cihsm_value *at = from;
    while (at != NULL && !text_equal(cihsm_value_string(at), id)) {
        at = cihsm_value_next(at);
    }
    for (const cihsm_value *one = cihsm_value_first(ids); at == NULL && one != from;
         one = cihsm_value_next(one)) {
        if (text_equal(cihsm_value_string(one), id)) {
            at = one;
        }
    }
    return at;
}

/* Copies the rows, so that each says whether it is a default: what is in an array stays as it is.
 */
static cihsm_status mark_defaults(const cihsm_value *rows, const cihsm_value *ids, cihsm_value *to,
                                  cihsm_error *err)
{
    const cihsm_value *next = cihsm_value_first(ids);
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(row);
        if (copy == NULL) {
            return cihsm_fail_memory(err);
        }
        const cihsm_value *at = find_id(ids, next, cihsm_value_get_string(row, "Id"));
        CIHSM_TRY(cihsm_value_set_bool(copy, "Default", at != NULL, err));
        CIHSM_TRY(cihsm_value_append(to, &copy, err));
        next = at == NULL ? next : cihsm_value_next(at);
    }
    return CIHSM_OK;
}

/* Where the mappings of a schema are, below the artifact. */
static cihsm_status path_of(const char *const key[KEYS], const char *navigation,
                            char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_path_key parts[KEYS];
    for (int i = 0; i < KEYS; i++) {
        if (strpbrk(key[i], "/\\") != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "%s \"%.120s\" has a slash, which the tenant takes in no "
                                    "path: download the artifact to see what it maps",
                                    NAMES[i], key[i]);
        }
        parts[i] = (cihsm_path_key){NAMES[i], key[i]};
    }
    return cihsm_path_entity_of("ValMapSchema", parts, KEYS, navigation, out, err);
}

static cihsm_status read_rows(cihsm_client *client, const cihsm_artifact *artifact,
                              mapping_rows *of, cihsm_value *ids, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_TRY(path_of(of->key, "ValMaps", path, err));
    CIHSM_TRY(read_all(client, artifact, path, take_mapping, of, err));
    CIHSM_TRY(path_of(of->key, "DefaultValMaps", path, err));
    return read_all(client, artifact, path, take_id, ids, err);
}

static cihsm_status explain_list(cihsm_client *client, const cihsm_artifact *artifact,
                                 const cihsm_mapping_schema *schema, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    cihsm_error why = {0};
    if (err->status != CIHSM_E_NOT_FOUND) {
        return err->status;
    }
    if (cihsm_mapping_schemas(client, artifact, schema, &found, &why) != CIHSM_OK) {
        *err = why;
        return err->status;
    }
    *err = (cihsm_error){0};
    return cihsm_fail(
        err, CIHSM_E_NOT_FOUND, CIHSM_FROM_HTTP, 404,
        "404 from tenant: the value mapping \"%.120s\" has no schema from %.80s %.80s "
        "to %.80s %.80s",
        artifact->id, schema->source_agency, schema->source_id, schema->target_agency,
        schema->target_id);
}

cihsm_status cihsm_mapping_list(cihsm_client *client, const cihsm_artifact *artifact,
                                const cihsm_mapping_schema *schema, cihsm_value **out,
                                cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *ids = cihsm_value_new_array();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    cihsm_error why = {0};
    if (rows == NULL || ids == NULL || found == NULL) {
        return cihsm_fail_memory(err);
    }
    mapping_rows of = {.found = rows};
    values_of(schema, of.key);
    if (read_rows(client, artifact, &of, ids, &why) != CIHSM_OK) {
        (void)explain_list(client, artifact, schema, &why);
        return cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
    }
    CIHSM_TRY(mark_defaults(rows, ids, found, err));
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

/* --- writes ---------------------------------------------------------------------------------- */

static cihsm_status begin(const char *function, const cihsm_artifact *artifact,
                          const cihsm_mapping_schema *schema, cihsm_artifact_write **out,
                          cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    const char *key[KEYS];
    cihsm_error_clear(err);
    values_of(schema, key);
    CIHSM_TRY(request_begin("POST", false, &write, err));
    request_set_path(write, function);
    CIHSM_TRY(request_add_parameter(write, "Id", artifact->id, true, err));
    CIHSM_TRY(request_add_parameter(
        write, "Version", artifact->version == NULL ? "active" : artifact->version, true, err));
    for (int i = 0; i < KEYS; i++) {
        CIHSM_TRY(request_add_parameter(write, NAMES[i], key[i], true, err));
    }
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_mapping_upsert(const cihsm_artifact *artifact,
                                  const cihsm_mapping_schema *schema, const char *source,
                                  const char *target, bool is_configured,
                                  cihsm_artifact_write **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(begin("UpsertValMaps", artifact, schema, &write, err));
    CIHSM_TRY(request_add_parameter(write, "SrcValue", source, true, err));
    CIHSM_TRY(request_add_parameter(write, "TgtValue", target, true, err));
    CIHSM_TRY(
        request_add_parameter(write, "IsConfigured", is_configured ? "true" : "false", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_mapping_default(const cihsm_artifact *artifact,
                                   const cihsm_mapping_schema *schema, const char *id,
                                   bool is_configured, cihsm_artifact_write **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(begin("UpdateDefaultValMap", artifact, schema, &write, err));
    CIHSM_TRY(request_add_parameter(write, "ValMapId", id, true, err));
    CIHSM_TRY(
        request_add_parameter(write, "IsConfigured", is_configured ? "true" : "false", false, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_mapping_delete(const cihsm_artifact *artifact,
                                  const cihsm_mapping_schema *schema, cihsm_artifact_write **out,
                                  cihsm_error *err)
{
    return begin("DeleteValMaps", artifact, schema, out, err);
}
