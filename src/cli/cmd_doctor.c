/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm doctor: looks at every layer from the configuration to the role, and names one cause.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cert_report.h"
#include "cli/color.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { LINE_MAX_BYTES = 256, TEXT_COLUMN = 34, NUMBER_MAX_BYTES = 32, WAIT_MOST_S = 86400 };

static const cli_option OPTIONS[] = {
    {"for", "RESOURCE", "ask for this resource, so that its role is checked", 0},
    {"wait", "TIME", "repeat the network part until it is well, at most this long (90s, 15m, 2h)",
     0},
    {"report", "FILE", "also write a report for others: tokens are masked, hosts are kept", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    {0},
};

/* "90s", "15m", "2h"; without a unit seconds. */
static cihsm_status read_wait(const cli_env *env, long *out, cihsm_error *err)
{
    static const struct {
        const char *unit;
        long seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    const char *text = cli_value(env, "wait");
    if (text == NULL) {
        return CIHSM_OK;
    }
    char *end = NULL;
    errno = 0;
    const long number = strtol(text, &end, 10);
    const bool is_number = errno == 0 && text[0] >= '0' && text[0] <= '9';
    for (size_t i = 0; is_number && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0 && number >= 1 &&
            number <= WAIT_MOST_S / units[i].seconds) {
            *out = number * units[i].seconds;
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_USAGE,
                    "--wait takes a time of at most a day, as 90s, 15m or 2h, not \"%.40s\"", text);
}

static cihsm_status print_line(cli_tone tone, const char *layer, const char *state,
                               const char *time, const char *what, cihsm_error *err)
{
    char line[LINE_MAX_BYTES];
    const int len =
        snprintf(line, sizeof line, "%-13s  %s%-7s%s  %8s  ", layer, cli_color_begin(stdout, tone),
                 state, cli_color_end(stdout, tone), time);
    CLI_TRY(cli_print_bytes(line, (size_t)len, err));
    return cli_print_text(what, TEXT_COLUMN, err);
}

static cihsm_status print_row(const cihsm_value *row, cihsm_error *err)
{
    char time[NUMBER_MAX_BYTES];
    double milliseconds = 0;
    (void)cihsm_value_number(cihsm_value_get(row, "milliseconds"), &milliseconds);
    snprintf(time, sizeof time, "%.1f", milliseconds);
    const char *state = cihsm_value_get_string(row, "state");
    CLI_TRY(print_line(cli_color_of(state), cihsm_value_get_string(row, "layer"), state, time,
                       cihsm_value_get_string(row, "what"), err));
    const char *action = cihsm_value_get_string(row, "action");
    return action == NULL ? CIHSM_OK : print_line(CLI_PLAIN, "", "action:", "", action, err);
}

/* Not cut to the width of the terminal: the sentence is what this is about. */
static cihsm_status print_table(const cihsm_value *layers, cihsm_error *err)
{
    CLI_TRY(print_line(CLI_PLAIN, "layer", "state", "ms", "what", err));
    for (const cihsm_value *row = cihsm_value_first(layers); row != NULL;
         row = cihsm_value_next(row)) {
        CLI_TRY(print_row(row, err));
    }
    return cli_flush_stdout(err);
}

static cihsm_status print(const cli_env *env, const cihsm_value *report, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    const cihsm_value *layers = cihsm_value_get(report, "layers");
    if (format == CLI_TABLE) {
        return print_table(layers, err);
    }
    return format == CLI_JSON ? cli_print_object(env, report, err)
                              : cli_print_list(env, layers, NULL, err);
}

static cihsm_status write_report(const cli_env *env, const cihsm_value *report, cihsm_error *err)
{
    const char *path = cli_value(env, "report");
    if (path == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *redacted = NULL;
    CLI_TRY(cihsm_doctor_redact(report, &redacted, err));
    CLI_TRY(cihsm_value_save(redacted, path, 0600, err));
    cli_note("report written to %s; look through it before you send it", path);
    return CIHSM_OK;
}

static cihsm_status judge(const cihsm_value *report, cihsm_error *err)
{
    const char *failed = cihsm_value_get_string(report, "failed");
    const cihsm_value *row = cihsm_value_first(cihsm_value_get(report, "layers"));
    while (failed != NULL && strcmp(cihsm_value_get_string(row, "layer"), failed) != 0) {
        row = cihsm_value_next(row);
    }
    if (failed == NULL) {
        return CIHSM_OK;
    }
    const char *action = cihsm_value_get_string(row, "action");
    return cli_fail(err, CIHSM_E_CHECK, "layer %s failed: %.300s; %.150s", failed,
                    cihsm_value_get_string(row, "what"),
                    action == NULL ? "see the layer above" : action);
}

static void tell_waiting(void *user, const char *layer, const char *what)
{
    (void)user;
    cli_note("waiting, layer %s: %s", layer, what);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    const char *clones[CLI_CLONES_MAX];
    cihsm_client_config config;
    cli_format format = CLI_TABLE;
    cihsm_doctor_options options = {.resource = cli_value(env, "for"),
                                    .lb_roots = cli_setting(env, "lb-roots"),
                                    .waiting = tell_waiting};
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(read_wait(env, &options.wait_s, err));
    CLI_TRY(cert_warn_days(env, &options.warn_days, err));
    CLI_TRY(cli_client_config(env, clones, &config, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cihsm_doctor_run(&config, &options, &report, err));
    CLI_TRY(print(env, report, err));
    CLI_TRY(write_report(env, report, err));
    return judge(report, err);
}

const cli_command CMD_DOCTOR = {
    .name = "doctor",
    .summary = "find out why a call does not work: one cause, one action",
    .arguments = "",
    .example = "cihsm doctor --for MessageProcessingLogs",
    .options = OPTIONS,
    .run = run,
};
