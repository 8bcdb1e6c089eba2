/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/btp.h"

#include <stdio.h>

#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "cli/signals.h"

enum { LINE_MAX_BYTES = 2048, INDENT = 2 };

cihsm_status cli_btp_network(const cli_env *env, cihsm_btp_network *out, cihsm_error *err)
{
    long connect_timeout_s = 0;
    long timeout_s = 0;
    long retry_time_s = 60;
    CLI_TRY(cli_setting_number(env, "connect-timeout", &connect_timeout_s, err));
    CLI_TRY(cli_setting_number(env, "timeout", &timeout_s, err));
    CLI_TRY(cli_setting_range(env, "retry-time", 0, 86400, &retry_time_s, err));
    *out = (cihsm_btp_network){
        .ca = cli_setting(env, "ca"),
        .connect_timeout_ms = connect_timeout_s * 1000,
        .timeout_ms = timeout_s * 1000,
        .retry_time_ms = retry_time_s == 0 ? -1 : retry_time_s * 1000,
        .log = &env->log,
        .cancel = cli_signals_cancel(),
    };
    return CIHSM_OK;
}

static cihsm_status show_request(const cihsm_value *request, bool is_first, cihsm_error *err)
{
    char line[LINE_MAX_BYTES];
    const int len =
        snprintf(line, sizeof line, "%s%s %.1500s\n# %.300s\n", is_first ? "" : "\n",
                 cihsm_value_get_string(request, "method"), cihsm_value_get_string(request, "url"),
                 cihsm_value_get_string(request, "purpose"));
    CLI_TRY(cli_print_bytes(line, (size_t)len, err));
    const cihsm_value *body = cihsm_value_get(request, "body");
    if (cihsm_value_kind(body) == CIHSM_VALUE_NULL) {
        return CIHSM_OK;
    }
    CLI_TRY(cihsm_value_write(body, INDENT, cli_write_stdout, NULL, err));
    return cli_print_bytes("\n", 1, err);
}

cihsm_status cli_btp_show_requests(const cli_env *env, const cihsm_value *requests,
                                   cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE) {
        return cli_print_list(env, requests, NULL, err);
    }
    const cihsm_value *first = cihsm_value_first(requests);
    for (const cihsm_value *one = first; one != NULL; one = cihsm_value_next(one)) {
        CLI_TRY(show_request(one, one == first, err));
    }
    return CIHSM_OK;
}
