/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm count: how many entries there are, by the server's own counting.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/output.h"
#include "cli/query_options.h"
#include "cli/report.h"
#include "cli/session.h"

static const cli_option OPTIONS[] = {
    CLI_SELECTION_OPTIONS,
    {0},
};

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_query_free) cli_query typed = {0};
    CLI_TRY(cli_query_read(env, &typed, err));
    CLI_TRY(cihsm_count_check(env->arguments[0], &typed.query, err));

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    int64_t count = 0;
    CLI_TRY(cihsm_client_count(client, env->arguments[0], &typed.query, &count, err));
    char line[32];
    const int len = snprintf(line, sizeof line, "%" PRId64 "\n", count);
    return cli_print_bytes(line, (size_t)len, err);
}

const cli_command CMD_COUNT = {
    .name = "count",
    .summary = "count the entries of an entity set or navigation",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm count MessageProcessingLogs --filter \"Status eq 'FAILED'\" --last 24h",
    .options = OPTIONS,
    .run = run,
};
