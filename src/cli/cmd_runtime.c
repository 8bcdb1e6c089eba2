/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm runtime: what is deployed.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

enum { FILTER_MAX = 64 };

static const cli_option LIST_OPTIONS[] = {
    {"status", "STATUS", "only those that are STARTED, STARTING, STOPPING or ERROR", 0},
    {0},
};

static cihsm_status make_filter(const char *status, char out[FILTER_MAX], cihsm_error *err)
{
    char upper[24];
    size_t len = 0;
    while (status[len] != '\0' && len + 1 < sizeof upper && isalpha((unsigned char)status[len])) {
        upper[len] = (char)toupper((unsigned char)status[len]);
        len++;
    }
    upper[len] = '\0';
    if (len == 0 || status[len] != '\0') {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--status is STARTED, STARTING, STOPPING or ERROR, not \"%.40s\"", status);
    }
    snprintf(out, FILTER_MAX, "Status eq '%s'", upper);
    return CIHSM_OK;
}

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    char filter[FILTER_MAX];
    const char *status = cli_value(env, "status");
    cihsm_query query = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = "Id,Version,Status,Type,DeployedOn"};
    CLI_TRY(cli_output_format(env, &list.format, err));
    if (status != NULL) {
        CLI_TRY(make_filter(status, filter, err));
        query.filter = filter;
    }
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_client_get(client, "IntegrationRuntimeArtifacts", &query, &result, err));
    CLI_TRY(cli_list_add(&list, cihsm_result_value(result), err));
    while (cihsm_result_has_more(result)) {
        CLI_TRY(cihsm_result_next(result, err));
        CLI_TRY(cli_list_add(&list, cihsm_result_value(result), err));
    }
    return cli_list_end(&list, err);
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_runtime_read(client, env->arguments[0], &found, err));
    return cli_print_object(env, found, err);
}

static cihsm_status run_error(cli_env *env, cihsm_error *err)
{
    char reason[CIHSM_RUNTIME_ERROR_SIZE];
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_runtime_error(client, env->arguments[0], reason, err));
    if (reason[0] == '\0') {
        cli_note("the tenant tells no error of %s", env->arguments[0]);
        return CIHSM_OK;
    }
    CLI_TRY(cli_print_bytes(reason, strlen(reason), err));
    return cli_print_bytes("\n", 1, err);
}

const cli_command CMD_RUNTIME_LIST = {
    .name = "runtime list",
    .summary = "list what is deployed",
    .arguments = "",
    .example = "cihsm runtime list --status ERROR",
    .options = LIST_OPTIONS,
    .run = run_list,
};

const cli_command CMD_RUNTIME_SHOW = {
    .name = "runtime show",
    .summary = "show a deployed artifact, with its error",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm runtime show Orders",
    .run = run_show,
};

const cli_command CMD_RUNTIME_ERROR = {
    .name = "runtime error",
    .summary = "tell why a deployed artifact does not run",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm runtime error Orders",
    .run = run_error,
};
