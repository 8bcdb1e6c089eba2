/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message_options.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/report.h"

enum { STATUSES_MAX = 16 };

/* NAME=VALUE; the name is yours. */
static cihsm_status split_header(const char *typed, char **name, const char **value,
                                 cihsm_error *err)
{
    const char *equals = strchr(typed, '=');
    if (equals == NULL || equals == typed) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--custom-header \"%.60s\" has no name before a \"=\": write "
                        "--custom-header NAME=VALUE",
                        typed);
    }
    *name = strndup(typed, (size_t)(equals - typed));
    *value = equals + 1;
    return *name == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

static void free_text(char **text)
{
    free(*text);
}

static cihsm_status read_header(const cli_env *env, char **name, const char **value,
                                cihsm_error *err)
{
    const char *typed = cli_value(env, "custom-header");
    if (cli_times(env, "custom-header") > 1) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "the tenant searches by one custom header at a time: give --custom-header "
                        "once, and choose among what is printed");
    }
    return typed == NULL ? CIHSM_OK : split_header(typed, name, value, err);
}

/* @param status  the only one; NULL: those of --status */
static cihsm_status read_filter(const cli_env *env, const char *status, cihsm_message_filter **out,
                                cihsm_error *err)
{
    const char *statuses[STATUSES_MAX] = {status};
    CIHSM_AUTO(free_text) char *header = NULL;
    cihsm_message_criteria criteria = {
        .statuses = statuses,
        .status_count = status != NULL ? 1 : cli_times(env, "status"),
        .flow = cli_value(env, "flow"),
        .package = cli_value(env, "package"),
        .sender = cli_value(env, "sender"),
        .receiver = cli_value(env, "receiver"),
        .id = cli_value(env, "id"),
        .correlation_id = cli_value(env, "correlation-id"),
        .application_id = cli_value(env, "application-id"),
    };
    CLI_TRY(read_header(env, &header, &criteria.header_value, err));
    criteria.header_name = header;
    if (criteria.status_count > STATUSES_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "--status is given too often: there are eight of them");
    }
    for (size_t i = 0; status == NULL && i < criteria.status_count; i++) {
        statuses[i] = cli_value_at(env, "status", i);
    }
    return cihsm_message_filter_new(&criteria, out, err);
}

cihsm_status cli_messages_read_of(const cli_env *env, const char *status, cli_messages *out,
                                  cihsm_error *err)
{
    CLI_TRY(cli_query_read(env, &out->typed, err));
    CLI_TRY(read_filter(env, status, &out->filter, err));
    cihsm_message_filter_apply(out->filter, &out->typed.query);
    return CIHSM_OK;
}

cihsm_status cli_messages_read(const cli_env *env, cli_messages *out, cihsm_error *err)
{
    return cli_messages_read_of(env, NULL, out, err);
}

bool cli_messages_limit(cli_messages *of, int64_t span_ms)
{
    if (of->typed.query.window != NULL) {
        return false;
    }
    of->typed.window = (cihsm_window)CIHSM_WINDOW_INIT;
    of->typed.window.since_ms = (int64_t)time(NULL) * 1000 - span_ms;
    of->typed.query.window = &of->typed.window;
    return true;
}

void cli_messages_free(cli_messages *of)
{
    cihsm_message_filter_free(&of->filter);
    cli_query_free(&of->typed);
}
