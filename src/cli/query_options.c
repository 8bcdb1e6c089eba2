/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/query_options.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/report.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the library says about a time, with the option in front. */
static cihsm_status fail_option(const char *option, const cihsm_error *why, cihsm_error *err)
{
    return cli_fail(err, why->status, "--%s: %s", option, why->message);
}

static cihsm_status read_time(const cli_env *env, const char *option, int64_t now, int64_t *out,
                              cihsm_error *err)
{
    cihsm_error why = {0};
    const char *text = cli_value(env, option);
    if (text == NULL || cihsm_time_read(text, now, out, &why) == CIHSM_OK) {
        return CIHSM_OK;
    }
    return fail_option(option, &why, err);
}

static cihsm_status read_span(const cli_env *env, int64_t now, cihsm_window *out, cihsm_error *err)
{
    cihsm_error why = {0};
    int64_t span = 0;
    if (cli_has(env, "since") || cli_has(env, "until")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--last tells both ends of the time: leave out --since and --until");
    }
    if (cihsm_span_read(cli_value(env, "last"), &span, &why) != CIHSM_OK) {
        return fail_option("last", &why, err);
    }
    out->since_ms = now - span;
    return CIHSM_OK;
}

static cihsm_status read_window(const cli_env *env, cli_query *out, cihsm_error *err)
{
    const int64_t now = now_ms();
    out->window = (cihsm_window)CIHSM_WINDOW_INIT;
    out->window.property = cli_value(env, "time-property");
    if (cli_has(env, "last")) {
        CLI_TRY(read_span(env, now, &out->window, err));
    } else if (cli_has(env, "since") || cli_has(env, "until")) {
        CLI_TRY(read_time(env, "since", now, &out->window.since_ms, err));
        CLI_TRY(read_time(env, "until", now, &out->window.until_ms, err));
    } else if (out->window.property != NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--time-property needs a time: give --since, --until or --last");
    } else {
        return CIHSM_OK;
    }
    out->query.window = &out->window;
    return CIHSM_OK;
}

static cihsm_status add_parameter(const char *typed, cli_query *out, cihsm_error *err)
{
    const char *equals = strchr(typed, '=');
    if (equals == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--query \"%.60s\" has no \"=\": write --query NAME=VALUE", typed);
    }
    char *name = strndup(typed, (size_t)(equals - typed));
    if (name == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    out->names[out->count] = name;
    out->parameters[out->count] = (cihsm_parameter){.name = name, .value = equals + 1};
    out->count++;
    return CIHSM_OK;
}

static cihsm_status read_parameters(const cli_env *env, cli_query *out, cihsm_error *err)
{
    const size_t times = cli_times(env, "query");
    out->parameters = calloc(times + 1, sizeof *out->parameters);
    out->names = calloc(times + 1, sizeof *out->names);
    if (out->parameters == NULL || out->names == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < times; i++) {
        CLI_TRY(add_parameter(cli_value_at(env, "query", i), out, err));
    }
    out->query.parameters = out->parameters;
    out->query.parameter_count = out->count;
    return CIHSM_OK;
}

static cihsm_status check_format(const cli_env *env, cihsm_error *err)
{
    const char *format = cli_value(env, "format");
    if (format == NULL || cli_has(env, "raw") || strcmp(format, "json") == 0) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE,
                    "--format %.40s is printed as the server sends it: give --raw with it; -o "
                    "chooses the format of what cihsm prints",
                    format);
}

cihsm_status cli_query_read(const cli_env *env, cli_query *out, cihsm_error *err)
{
    *out = (cli_query){.query = CIHSM_QUERY_INIT};
    long top = -1;
    long skip = -1;
    CLI_TRY(cli_number(env, "top", 0, &top, err));
    CLI_TRY(cli_number(env, "skip", 0, &skip, err));
    CLI_TRY(check_format(env, err));
    out->query.filter = cli_value(env, "filter");
    out->query.select = cli_value(env, "select");
    out->query.expand = cli_value(env, "expand");
    out->query.orderby = cli_value(env, "orderby");
    out->query.top = top;
    out->query.skip = skip;
    out->query.inlinecount = cli_has(env, "inlinecount");
    out->query.format = cli_value(env, "format");
    out->query.is_unchecked = cli_has(env, "unchecked");
    CLI_TRY(read_window(env, out, err));
    return read_parameters(env, out, err);
}

void cli_query_free(cli_query *of)
{
    for (size_t i = 0; i < of->count; i++) {
        free(of->names[i]);
    }
    free(of->names);
    free(of->parameters);
    *of = (cli_query){.query = CIHSM_QUERY_INIT};
}
