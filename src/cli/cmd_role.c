/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm role: which roles a service instance needs, and how that is known.
 */
#include <stdio.h>
#include <string.h>

#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"

enum { WORDS_MAX = 16, PHRASE_MAX = 512 };

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cihsm_role_list(&rows, err));
    return cli_print_list(env, rows, "Task,Role", err);
}

const cli_command CMD_ROLE_LIST = {
    .name = "role list",
    .summary = "list SAP's documented roles and their tasks",
    .arguments = "",
    .example = "cihsm role list",
    .run = run_list,
};

static const cli_option FOR_OPTIONS[] = {
    {"write", NULL,
     "also the roles for changing the resource; of tasks those that change something", 0},
    {0},
};

/* The words of a task need no quotes. */
static cihsm_status join_words(const cli_env *env, char out[PHRASE_MAX], cihsm_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < env->argument_count; i++) {
        at += (size_t)snprintf(out + at, PHRASE_MAX - at, "%s%s", i == 0 ? "" : " ",
                               env->arguments[i]);
        if (at >= PHRASE_MAX) {
            return cli_fail(err, CIHSM_E_USAGE, "more than %d characters are no name and no task",
                            PHRASE_MAX - 1);
        }
    }
    return CIHSM_OK;
}

static bool is_same(const cihsm_value *row, const cihsm_value *before, const char *member)
{
    const char *here = cihsm_value_get_string(row, member);
    const char *there = cihsm_value_get_string(before, member);
    return here != NULL && there != NULL && strcmp(here, there) == 0;
}

/* What the table has no room for: how far a role that is not documented can be trusted. */
static void tell(const cihsm_value *row, const cihsm_value *before)
{
    const char *member = cihsm_value_get(row, "Resource") != NULL ? "Resource" : "Task";
    const char *name = cihsm_value_get_string(row, member);
    const char *note = cihsm_value_get_string(row, "Note");
    const bool is_new = !is_same(row, before, member);
    const bool is_certain = cihsm_value_get_string(row, "Role") != NULL &&
                            strcmp(cihsm_value_get_string(row, "Evidence"), "documented") == 0;
    if (!is_certain && (is_new || !is_same(row, before, "Access"))) {
        cli_note("%s, %s: %s", name, cihsm_value_get_string(row, "Access"),
                 cihsm_value_get_string(row, "Explanation"));
    }
    if (note != NULL && (is_new || !is_same(row, before, "Note"))) {
        cli_note("%s: %s", name, note);
    }
}

static cihsm_status run_for(cli_env *env, cihsm_error *err)
{
    char what[PHRASE_MAX] = "";
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(join_words(env, what, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cihsm_role_for(what, cli_has(env, "write"), &rows, err));
    CLI_TRY(cli_print_list(env, rows, "Role,Access,Evidence,Task,Resource", err));
    const cihsm_value *before = NULL;
    const cihsm_value *row = format == CLI_TABLE ? cihsm_value_first(rows) : NULL;
    for (; row != NULL; row = cihsm_value_next(row)) {
        tell(row, before);
        before = row;
    }
    return CIHSM_OK;
}

const cli_command CMD_ROLE_FOR = {
    .name = "role for",
    .summary = "find the roles that a resource or a task needs",
    .arguments = "RESOURCE|TASK",
    .argument_min = 1,
    .argument_max = WORDS_MAX,
    .example = "cihsm role for MessageProcessingLogs/Attachments",
    .options = FOR_OPTIONS,
    .run = run_for,
};
