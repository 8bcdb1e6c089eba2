/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm value: media, payloads and single properties, as they are.
 */
#include "cli/progress.h"
#include "cli/query_options.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/value_target.h"

static const cli_option OPTIONS[] = {
    {"out", "PATH", "write to this file; DIR/: to a new file there, by the tenant's name", 0},
    {"query", "NAME=VALUE", "an option of the tenant's own, sent as it is; repeat", 0},
    {"unchecked", NULL, "send the path as it is, and take an HTML page for a value", 0},
    {0},
};

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    const char *path = env->arguments[0];
    CIHSM_AUTO(cli_query_free) cli_query typed = {0};
    CIHSM_AUTO(value_target_free) value_target target = {0};
    CLI_TRY(cli_query_read(env, &typed, err));
    CLI_TRY(value_target_open(env, &target, err));
    CLI_TRY(cihsm_download_check(path, &typed.query, err));

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    cihsm_sink sink = value_target_sink(&target);
    sink.is_page_expected = typed.query.is_unchecked;
    cli_progress_begin(NULL);
    CLI_TRY(cihsm_client_download(client, path, &typed.query, &sink, err));
    return value_target_commit(&target, err);
}

const cli_command CMD_VALUE = {
    .name = "value",
    .summary = "download media, a payload, or the value of a property",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm value \"IntegrationDesigntimeArtifacts(Id='Orders',Version='active')\" "
               "--out downloads/",
    .options = OPTIONS,
    .run = run,
};
