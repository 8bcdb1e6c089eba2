/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the entities of a resource are, and what the tenant has there.
 */
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/resource.h"

enum { KEYS_MAX = 4 };

/* --- paths ----------------------------------------------------------------------------------- */

/* The end of the fields, which has no name, if none finds it. */
static const cli_field *found_by(const cli_target *of)
{
    const cli_field *field = of->kind->fields;
    while (field->name != NULL &&
           ((field->traits & CLI_FOUND) == 0 || !cli_field_is_of(field, of->verb))) {
        field++;
    }
    return field;
}

bool cli_target_asks(const cli_target *of)
{
    return found_by(of)->name != NULL;
}

static size_t read_key(const cli_target *of, cihsm_path_key out[KEYS_MAX])
{
    size_t count = 0;
    bool is_hex = false;
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        if ((field->traits & CLI_KEY) != 0 && cli_field_is_of(field, of->verb) &&
            count < KEYS_MAX) {
            const char *value = cli_target_value(of, field);
            is_hex = is_hex || (field->traits & CLI_HEX) != 0;
            const char *otherwise = field->otherwise == NULL ? "" : field->otherwise;
            out[count++] = (cihsm_path_key){field->property, value == NULL ? otherwise : value};
        }
    }
    if (count == 1 && !is_hex) {
        out[0].name = NULL;
    }
    return count;
}

/* @param set  of the entity that is found by a property */
static cihsm_status found_path(const cli_target *of, cihsm_client *client, const char *set,
                               const char *rest, char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_target_find(of, client, NULL, &found, err));
    const char *id = cihsm_value_get_string(found, "Id");
    if (id == NULL) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "the tenant tells no Id of an entry of %s", set);
    }
    return cihsm_path_entity(set, id, rest, out, err);
}

cihsm_status cli_target_path(const cli_target *of, cihsm_client *client, const char *rest,
                             char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_path_key key[KEYS_MAX];
    if (of->kind->only != NULL) {
        return cihsm_path_entity(of->kind->set, of->kind->only, rest, out, err);
    }
    if (cli_target_asks(of)) {
        return found_path(of, client, of->kind->set, rest, out, err);
    }
    return cihsm_path_entity_of(of->kind->set, key, read_key(of, key), rest, out, err);
}

cihsm_status cli_target_list_path(const cli_target *of, cihsm_client *client,
                                  char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    const cli_parent *parent = of->kind->parent;
    cihsm_path_key key[KEYS_MAX];
    if (parent == NULL) {
        snprintf(out, CIHSM_PATH_SIZE, "%s", of->kind->set);
        return CIHSM_OK;
    }
    if (cli_target_asks(of)) {
        return found_path(of, client, parent->set, parent->navigation, out, err);
    }
    return cihsm_path_entity_of(parent->set, key, read_key(of, key), parent->navigation, out, err);
}

cihsm_status cli_target_check(const cli_target *of, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    const bool is_set = of->verb == CLI_VERB_LIST && of->kind->parent == NULL;
    if (is_set || of->kind->only != NULL || cli_target_asks(of)) {
        return CIHSM_OK;
    }
    CLI_TRY(of->verb == CLI_VERB_LIST ? cli_target_list_path(of, NULL, path, err)
                                      : cli_target_path(of, NULL, NULL, path, err));
    return cihsm_query_check(path, NULL, err);
}

/* --- what the tenant has --------------------------------------------------------------------- */

/* Says what there is not, if that is the failure. */
static cihsm_status explain(const cli_target *of, cihsm_error *err)
{
    if (err->status != CIHSM_E_NOT_FOUND) {
        return err->status;
    }
    char subject[400];
    char hint[100] = "";
    const cihsm_error said = *err;
    const char *lister = of->resource->lister;
    if (lister != NULL || (of->resource->verbs & CLI_LIST) != 0) {
        snprintf(hint, sizeof hint, " (\"cihsm %s list\" tells what it has)",
                 lister == NULL ? of->resource->noun : lister);
    }
    cli_target_subject(of, subject, sizeof subject);
    *err = (cihsm_error){0};
    (void)cli_fail(err, CIHSM_E_NOT_FOUND, "the tenant has no %s%s: %.300s", subject, hint,
                   said.message);
    err->origin = said.origin;
    err->native = said.native;
    return CIHSM_E_NOT_FOUND;
}

cihsm_status cli_target_explain(void *target, cihsm_client *client, cihsm_error *err)
{
    const cli_target *of = target;
    return of->kind->explain == NULL || of->verb == CLI_VERB_CREATE
               ? explain(of, err)
               : of->kind->explain(client, cli_target_value(of, of->kind->fields), err);
}

cihsm_status cli_target_find(const cli_target *of, cihsm_client *client, const char *expand,
                             cihsm_value **out, cihsm_error *err)
{
    const cli_field *field = found_by(of);
    const char *value = cli_target_value(of, field);
    const char *set = of->kind->parent == NULL ? of->kind->set : of->kind->parent->set;
    char filter[CIHSM_PATH_SIZE];
    cihsm_query query = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_filter_equal(field->property, value, filter, err));
    query.filter = filter;
    query.expand = expand;
    CLI_TRY(cihsm_client_get(client, set, &query, &result, err));
    const cihsm_value *first = cihsm_value_first(cihsm_result_value(result));
    if (first == NULL) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "the tenant has nothing in %s with %s \"%.120s\": \"cihsm get %s\" tells "
                        "what it has",
                        set, field->property, value, set);
    }
    *out = cihsm_value_copy(first);
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

/* @param out  yours */
static cihsm_status read_entity(const cli_target *of, cihsm_client *client, const char *expand,
                                bool may_be_list, cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cihsm_query query = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    query.expand = expand;
    CLI_TRY(cli_target_path(of, client, NULL, path, err));
    if (cihsm_client_get(client, path, &query, &result, err) != CIHSM_OK) {
        return explain(of, err);
    }
    const cihsm_value *value = cihsm_result_value(result);
    if (value == NULL || (!may_be_list && cihsm_result_what(result) != CIHSM_RESULT_ENTITY)) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "%s is answered by something that is no entity",
                        path);
    }
    *out = cihsm_value_copy(value);
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

cihsm_status cli_target_fetch_only(const cli_target *of, cihsm_client *client, cihsm_value **out,
                                   cihsm_error *err)
{
    return read_entity(of, client, of->kind->inside, true, out, err);
}

static bool is_meant(const cli_target *of, const cihsm_value *entity)
{
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(of, field);
        const char *own = cihsm_value_get_string(entity, field->property);
        if ((field->traits & CLI_KEY) != 0 && value != NULL &&
            (own == NULL || strcmp(own, value) != 0)) {
            return false;
        }
    }
    return true;
}

/* One of those that the only entity brings along. */
static cihsm_status fetch_inside(const cli_target *of, cihsm_client *client, cihsm_value **out,
                                 cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *holder = NULL;
    CLI_TRY(cli_target_fetch_only(of, client, &holder, err));
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(holder, of->kind->inside));
    while (one != NULL && !is_meant(of, one)) {
        one = cihsm_value_next(one);
    }
    if (one == NULL) {
        (void)cli_fail(err, CIHSM_E_NOT_FOUND, "it is not among the %s of %s('%s')",
                       of->kind->inside, of->kind->set, of->kind->only);
        return explain(of, err);
    }
    *out = cihsm_value_copy(one);
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

cihsm_status cli_target_fetch(const cli_target *of, cihsm_client *client, const char *expand,
                              cihsm_value **out, cihsm_error *err)
{
    if (of->kind->inside != NULL) {
        return fetch_inside(of, client, out, err);
    }
    return cli_target_asks(of) ? cli_target_find(of, client, expand, out, err)
                               : read_entity(of, client, expand, false, out, err);
}
