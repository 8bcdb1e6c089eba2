/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm call: a function import of the tenant.
 */
#include <string.h>

#include "cli/report.h"
#include "cli/suggest.h"
#include "cli/write_send.h"

static const cli_option OPTIONS[] = {
    {"param", "NAME=VALUE", "parameter, sent as the text 'VALUE'; NAME:=VALUE as it is; repeat", 0},
    {"method", "METHOD", "GET or POST, where the catalogue does not know the name", 0},
    CLI_WRITE_OPTIONS,
    {0},
};

static cihsm_status refuse_unknown(const char *name, cihsm_error *err)
{
    const char *near[CIHSM_NEAREST_MAX] = {0};
    char suggestion[CLI_SUGGEST_MAX];
    cli_suggest_found(near, cihsm_function_nearest(name, near), "", suggestion);
    return cli_fail(
        err, CIHSM_E_USAGE,
        "\"%.80s\" is no function import of the catalogue: %s--method GET or POST calls "
        "it all the same",
        name, suggestion);
}

static cihsm_status choose_method(const cli_env *env, const char **out, cihsm_error *err)
{
    const char *name = env->arguments[0];
    *out = cli_value(env, "method");
    if (*out == NULL) {
        *out = cihsm_function_method(name);
    }
    if (strpbrk(name, "/(?") != NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "call takes the name of a function import, not the path \"%.80s\"; its "
                        "parameters are given with --param NAME=VALUE",
                        name);
    }
    if (*out == NULL) {
        return refuse_unknown(name, err);
    }
    if (strcmp(*out, "GET") != 0 && strcmp(*out, "POST") != 0) {
        return cli_fail(err, CIHSM_E_USAGE, "--method is GET or POST, not \"%.20s\"", *out);
    }
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cli_parameters parameters = {.count = 0};
    cihsm_request request = {.path = env->arguments[0], .is_unchecked = cli_has(env, "unchecked")};
    CLI_TRY(choose_method(env, &request.method, err));
    CLI_TRY(cli_parameters_add(env, "param", request.path, &parameters, err));
    CLI_TRY(cli_parameters_add(env, "query", NULL, &parameters, err));
    request.parameters = parameters.items;
    request.parameter_count = cli_times(env, "param");
    cihsm_error why = {0};
    if (cihsm_function_check(&request, &why) == CIHSM_E_NOT_FOUND) {
        cli_note("%s", why.message); /* told, not refused: the tenant may know more */
    }
    request.parameter_count = parameters.count;
    const cli_write write = {.request = &request, .done = "called"};
    return cli_write_send(env, &write, err);
}

const cli_command CMD_CALL = {
    .name = "call",
    .summary = "call a function import, for example to deploy an integration flow",
    .arguments = "NAME",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm call DeployIntegrationDesigntimeArtifact --param Id=Orders "
               "--param Version=active",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
};
