/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm package tag list, set: the custom tags of a package. Which tags there are is a setting of
 * the tenant.
 */
#include <stdio.h>

#include "cli/artifact_options.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

enum { SUBJECT_MAX = 400 };

static const cli_option SET_OPTIONS[] = {
    CLI_CONFIRM_OPTION,
    {0},
};

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    cli_format format;
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cihsm_package_path(env->arguments[0], "CustomTags", path, err));
    CLI_TRY(cihsm_query_check(path, NULL, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    if (cihsm_client_stream(client, path, NULL, NULL, &result, err) != CIHSM_OK) {
        return cihsm_package_explain(client, env->arguments[0], err);
    }
    return cli_print_result(env, result, "Name,Value", "CustomTags", err);
}

static cihsm_status explain_set(void *user, cihsm_client *client, cihsm_error *err)
{
    const cli_env *env = user;
    return cihsm_package_explain_tag(client, env->arguments[0], env->arguments[1], err);
}

static cihsm_status run_set(cli_env *env, cihsm_error *err)
{
    const char *id = env->arguments[0];
    char subject[SUBJECT_MAX];
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cihsm_package_set_tag(id, env->arguments[1], env->arguments[2], &made, err));
    snprintf(subject, sizeof subject, "tag \"%.120s\" of package \"%.120s\"", env->arguments[1],
             id);
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = subject,
                             .done = "set",
                             .explain = explain_set,
                             .user = env};
    return cli_write_send(env, &write, err);
}

const cli_command CMD_PACKAGE_TAG_LIST = {
    .name = "package tag list",
    .summary = "list the custom tags of a package",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm package tag list Sales",
    .run = run_list,
};

const cli_command CMD_PACKAGE_TAG_SET = {
    .name = "package tag set",
    .summary = "set the value of a custom tag of a package",
    .arguments = "ID TAG VALUE",
    .argument_min = 3,
    .argument_max = 3,
    .example = "cihsm package tag set Sales Author \"Jo Doe\"",
    .options = SET_OPTIONS,
    .run = run_set,
    .is_write = true,
};
