/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm get: reads what a path of the API names.
 */
#include <unistd.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

static const cli_option OPTIONS[] = {
    {"filter", "TEXT", "$filter, for example \"Status eq 'FAILED'\"", 0},
    {"select", "NAMES", "$select: only these properties", 0},
    {"expand", "NAMES", "$expand: with these navigations", 0},
    {"orderby", "TEXT", "$orderby, for example \"LogEnd desc\"", 0},
    {"top", "N", "$top: at most N entries", 0},
    {"skip", "N", "$skip: leave out the first N entries", 0},
    {"all", NULL, "follow all pages of the server", 0},
    {"raw", NULL, "print the answer as the server sent it", 0},
    {0},
};

static cihsm_status read_query(const cli_env *env, cihsm_query *query, cihsm_error *err)
{
    long top = -1;
    long skip = -1;
    CLI_TRY(cli_number(env, "top", 0, &top, err));
    CLI_TRY(cli_number(env, "skip", 0, &skip, err));
    *query = (cihsm_query){
        .filter = cli_value(env, "filter"),
        .select = cli_value(env, "select"),
        .expand = cli_value(env, "expand"),
        .orderby = cli_value(env, "orderby"),
        .top = top,
        .skip = skip,
    };
    return CIHSM_OK;
}

/* With --all into a pipe the table gives way to JSON Lines, unless a format was chosen. */
static cihsm_status choose_format(const cli_env *env, cli_format *format, cihsm_error *err)
{
    CLI_TRY(cli_output_format(env, format, err));
    if (cli_setting(env, "output") == NULL && cli_has(env, "all") && !isatty(STDOUT_FILENO)) {
        *format = CLI_JSONL;
    }
    return CIHSM_OK;
}

static cihsm_status print_pages(const cli_env *env, cihsm_result *result, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free)
    cli_list list = {.columns = cli_value(env, "select"), .is_selectable = true};
    CLI_TRY(choose_format(env, &list.format, err));
    CLI_TRY(cli_list_add(&list, cihsm_result_value(result), err));
    while (cli_has(env, "all") && cihsm_result_has_more(result)) {
        CLI_TRY(cihsm_result_next(result, err));
        CLI_TRY(cli_list_add(&list, cihsm_result_value(result), err));
    }
    CLI_TRY(cli_list_end(&list, err));
    if (cihsm_result_has_more(result)) {
        cli_note("the server has more than these %zu entries: use --all for the rest",
                 list.printed);
    }
    return CIHSM_OK;
}

/* --raw: pages follow each other as they came, each on its own. */
static cihsm_status print_raw(const cli_env *env, cihsm_result *result, cihsm_error *err)
{
    for (;;) {
        size_t len = 0;
        const char *bytes = cihsm_result_bytes(result, &len);
        CLI_TRY(cli_print_bytes(bytes, len, err));
        if (!cli_has(env, "all") || !cihsm_result_has_more(result)) {
            break;
        }
        CLI_TRY(cli_print_bytes("\n", 1, err));
        CLI_TRY(cihsm_result_next(result, err));
    }
    CLI_TRY(cli_flush_stdout(err));
    if (cihsm_result_has_more(result)) {
        cli_note("the server has more entries: use --all for the rest");
    }
    return CIHSM_OK;
}

/* A count or a text gets its line end on a terminal, and only there. */
static cihsm_status print_body(const cihsm_result *result, cihsm_error *err)
{
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    CLI_TRY(cli_print_bytes(bytes, len, err));
    if (isatty(STDOUT_FILENO) && len > 0 && bytes[len - 1] != '\n') {
        CLI_TRY(cli_print_bytes("\n", 1, err));
    }
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cihsm_query query;
    cli_format format;
    CLI_TRY(read_query(env, &query, err));
    CLI_TRY(choose_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cihsm_query_check(env->arguments[0], &query, err));

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_client_get(client, env->arguments[0], &query, &result, err));
    if (cli_has(env, "raw")) {
        return print_raw(env, result, err);
    }
    switch (cihsm_result_what(result)) {
    case CIHSM_RESULT_COLLECTION:
        return print_pages(env, result, err);
    case CIHSM_RESULT_ENTITY:
        return cli_print_object(env, cihsm_result_value(result), err);
    case CIHSM_RESULT_BYTES:
        return print_body(result, err);
    }
    return CIHSM_E_INTERNAL;
}

const cli_command CMD_GET = {
    .name = "get",
    .summary = "read an entity set, an entity, a property or a value",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm get MessageProcessingLogs --filter \"Status eq 'FAILED'\" --top 10",
    .options = OPTIONS,
    .run = run,
};
