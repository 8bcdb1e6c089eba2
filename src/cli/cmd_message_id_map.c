/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message id-map: to which ids an id was mapped, and from which ones.
 */
#include <string.h>

#include "cli/list.h"
#include "cli/message_list.h"
#include "cli/report.h"
#include "cli/session.h"

/* A list that is empty where the tenant knows no such id. */
static cihsm_status read_mapped(cihsm_client *client, const char *set, const char *id,
                                const char *navigation, cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cihsm_path_entity(set, id, navigation, path, err));
    const cihsm_status status = cli_read_list(client, path, out, err);
    if (status != CIHSM_E_NOT_FOUND) {
        return status;
    }
    *err = (cihsm_error){0};
    *out = cihsm_value_new_array();
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

/* Appends entries with both ends as From and To, one of which is the id that was asked for. */
static cihsm_status append_rows(const cihsm_value *found, const char *id, const char *other,
                                bool is_from, cihsm_value *rows, cihsm_error *err)
{
    for (const cihsm_value *f = cihsm_value_first(found); f != NULL; f = cihsm_value_next(f)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(f);
        if (row == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        const char *end = cihsm_value_get_string(f, other);
        CLI_TRY(cihsm_value_set_string(row, "From", is_from ? id : end, err));
        CLI_TRY(cihsm_value_set_string(row, "To", is_from ? end : id, err));
        CLI_TRY(cihsm_value_append(rows, &row, err));
    }
    return CIHSM_OK;
}

static cihsm_status print_map(const cli_env *env, cihsm_client *client, const char *id,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *targets = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sources = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(read_mapped(client, "IdMapFromIds", id, "ToIds", &targets, err));
    CLI_TRY(read_mapped(client, "IdMapToIds", id, "FromId2s", &sources, err));
    CLI_TRY(append_rows(targets, id, "ToId", true, rows, err));
    CLI_TRY(append_rows(sources, id, "FromId", false, rows, err));
    if (cihsm_value_count(rows) == 0) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "the tenant has no id mapped from or to \"%.80s\": check the id; entries "
                        "of the id mapper expire",
                        id);
    }
    return cli_print_list(env, rows, "From,To,Mapper,ExpirationTime", err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cihsm_path_entity("IdMapFromIds", env->arguments[0], NULL, path, err));
    CLI_TRY(cihsm_query_check(path, NULL, err));
    CLI_TRY(cli_open_client(env, &client, err));
    return print_map(env, client, env->arguments[0], err);
}

const cli_command CMD_MESSAGE_ID_MAP = {
    .name = "message id-map",
    .summary = "show what the id mapper made of an id, and from what",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message id-map 0050568c-7d3a-1eda-b3f2",
    .run = run,
};
