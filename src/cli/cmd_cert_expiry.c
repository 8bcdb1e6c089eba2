/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm cert expiry: when certificates end, for people and for monitoring.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cert_report.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { FILES_MAX = 256, CRITICAL_DAYS = 7, LINE_MAX_BYTES = 512 };
static const char COLUMNS[] = "state,daysLeft,notAfter,subject,serialNumber,source";

static const cli_option OPTIONS[] = {
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"critical-days", "N", "-o nagios: critical within N days (7)", 0},
    {0},
};

/* The codes of a monitoring plugin (Monitoring Plugins guidelines, section 2.3). */
typedef enum plugin_state {
    PLUGIN_OK = 0,
    PLUGIN_WARNING,
    PLUGIN_CRITICAL,
    PLUGIN_UNKNOWN
} plugin_state;

static bool is_output(const cli_env *env, const char *name)
{
    const char *wanted = cli_setting(env, "output");
    return wanted != NULL && strcmp(wanted, name) == 0;
}

static cihsm_status append_token(cli_env *env, long days, cihsm_value *lists, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(cihsm_certificate_list_token(token, days, &list, err));
    if (cihsm_value_first(list) == NULL) { /* a watch over nothing must not look like a good end */
        return cli_fail(err, CIHSM_E_TOKEN,
                        "the token holds no certificate: store one with cihsm cert "
                        "import, or give a FILE");
    }
    return cihsm_value_append(lists, &list, err);
}

/* One list a source. The token of a profile counts only if no file is given. */
static cihsm_status collect(cli_env *env, long days, cihsm_value *lists, cihsm_error *err)
{
    for (size_t i = 0; i < env->argument_count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
        CLI_TRY(cihsm_certificate_list_file(env->arguments[i], days, &list, err));
        CLI_TRY(cihsm_value_append(lists, &list, err));
    }
    const bool is_asked_for = cli_has(env, "token") || cli_has(env, "module");
    if (env->argument_count > 0 && !is_asked_for) {
        return CIHSM_OK;
    }
    if (cli_setting(env, "module") == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "nothing to look at: give a FILE, or --module for the certificates on a "
                        "token");
    }
    return append_token(env, days, lists, err);
}

/* Walks over the rows of all lists. */
typedef struct row_walk {
    const cihsm_value *list;
    const cihsm_value *row;
} row_walk;

static const cihsm_value *next_row(row_walk *walk)
{
    walk->row = walk->row == NULL ? cihsm_value_first(walk->list) : cihsm_value_next(walk->row);
    while (walk->row == NULL && walk->list != NULL) {
        walk->list = cihsm_value_next(walk->list);
        walk->row = cihsm_value_first(walk->list);
    }
    return walk->row;
}

static row_walk rows_of(const cihsm_value *lists)
{
    return (row_walk){.list = cihsm_value_first(lists)};
}

static double number_of(const cihsm_value *row, const char *name)
{
    double number = 0;
    (void)cihsm_value_number(cihsm_value_get(row, name), &number); /* every row has it */
    return number;
}

static bool is_ok(const cihsm_value *row)
{
    return strcmp(cihsm_value_get_string(row, "level"), "ok") == 0;
}

/* --- people ---------------------------------------------------------------------------------- */

static cihsm_status judge(const cihsm_value *lists, cihsm_error *err)
{
    size_t all = 0;
    size_t wrong = 0;
    const cihsm_value *first = NULL;
    row_walk walk = rows_of(lists);
    for (const cihsm_value *row = next_row(&walk); row != NULL; row = next_row(&walk)) {
        all++;
        wrong += !is_ok(row);
        first = first == NULL && !is_ok(row) ? row : first;
    }
    if (wrong == 0) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_CHECK, "%zu of %zu certificates need%s attention: %.250s: %s",
                    wrong, all, wrong == 1 ? "s" : "", cihsm_value_get_string(first, "sentence"),
                    cihsm_value_get_string(first, "action"));
}

static cihsm_status print_table(const cihsm_value *lists, cli_format format, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list printed = {.format = format, .columns = COLUMNS};
    for (const cihsm_value *list = cihsm_value_first(lists); list != NULL;
         list = cihsm_value_next(list)) {
        CLI_TRY(cli_list_add(&printed, list, err));
    }
    return cli_list_end(&printed, err);
}

/* --- nagios ---------------------------------------------------------------------------------- */

static plugin_state state_of(const cihsm_value *row, long critical_days)
{
    if (is_ok(row)) {
        return PLUGIN_OK;
    }
    const bool is_warning = strcmp(cihsm_value_get_string(row, "level"), "warn") == 0;
    return is_warning && number_of(row, "daysLeft") >= (double)critical_days ? PLUGIN_WARNING
                                                                             : PLUGIN_CRITICAL;
}

/* One line; what stands behind a "|" would be taken for numbers. */
static cihsm_status put_plugin_line(cli_env *env, plugin_state state, const char *text,
                                    const char *numbers, cihsm_error *err)
{
    static const char *const WORDS[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    char line[2 * LINE_MAX_BYTES];
    char plain[LINE_MAX_BYTES];
    snprintf(plain, sizeof plain, "%s", text);
    for (char *c = plain; *c != '\0'; c++) {
        const bool is_plain = (unsigned char)*c >= ' ' && *c != '|' && *c != '\x7f';
        *c = is_plain ? *c : '?';
    }
    const int len = snprintf(line, sizeof line, "CERT %s - %s%s\n", WORDS[state], plain, numbers);
    env->has_exit_code = true;
    env->exit_code = (int)state;
    return cli_print_bytes(line, (size_t)len, err);
}

static cihsm_status print_plugin(cli_env *env, const cihsm_value *lists, long days,
                                 cihsm_error *err)
{
    long critical_days = CRITICAL_DAYS;
    CLI_TRY(cli_number(env, "critical-days", 0, &critical_days, err));
    size_t all = 0;
    size_t wrong = 0;
    plugin_state worst = PLUGIN_OK;
    const cihsm_value *first = NULL; /* to end */
    row_walk walk = rows_of(lists);
    for (const cihsm_value *row = next_row(&walk); row != NULL; row = next_row(&walk)) {
        const plugin_state state = state_of(row, critical_days);
        const bool is_sooner =
            first == NULL || number_of(row, "daysLeft") < number_of(first, "daysLeft");
        first = state > worst || (state == worst && is_sooner) ? row : first;
        worst = state > worst ? state : worst;
        wrong += state != PLUGIN_OK;
        all++;
    }
    char text[LINE_MAX_BYTES];
    char numbers[96];
    if (wrong == 0) {
        snprintf(text, sizeof text, "%zu certificate%s, the first to end is %.250s in %.0f days",
                 all, all == 1 ? "" : "s", cihsm_value_get_string(first, "subject"),
                 number_of(first, "daysLeft"));
    } else {
        snprintf(text, sizeof text, "%zu of %zu: %.400s", wrong, all,
                 cihsm_value_get_string(first, "sentence"));
    }
    snprintf(numbers, sizeof numbers, " | days_left=%.0f;%ld:;%ld:", number_of(first, "daysLeft"),
             days, critical_days);
    return put_plugin_line(env, worst, text, numbers, err);
}

/* --- prometheus ------------------------------------------------------------------------------ */

/* Text exposition format 0.0.4: backslash, quote and line feed are escaped in a label value. */
static cihsm_status print_label(const char *before, const char *text, cihsm_error *err)
{
    CLI_TRY(cli_print_bytes(before, strlen(before), err));
    while (*text != '\0') {
        const size_t plain = strcspn(text, "\\\"\n");
        CLI_TRY(cli_print_bytes(text, plain, err));
        text += plain;
        if (*text != '\0') {
            const char escaped[] = {'\\', *text == '\n' ? 'n' : *text};
            CLI_TRY(cli_print_bytes(escaped, sizeof escaped, err));
            text++;
        }
    }
    return CIHSM_OK;
}

static bool is_same_series(const cihsm_value *a, const cihsm_value *b)
{
    static const char *const LABELS[] = {"subject", "serialNumber", "source"};
    bool same = true;
    for (size_t i = 0; i < sizeof LABELS / sizeof *LABELS; i++) {
        same = same && strcmp(cihsm_value_get_string(a, LABELS[i]),
                              cihsm_value_get_string(b, LABELS[i])) == 0;
    }
    return same;
}

/* A series may stand there once: a certificate can be on a token twice. */
static bool was_printed(const cihsm_value *lists, const cihsm_value *row)
{
    row_walk walk = rows_of(lists);
    for (const cihsm_value *r = next_row(&walk); r != row; r = next_row(&walk)) {
        if (is_same_series(r, row)) {
            return true;
        }
    }
    return false;
}

static cihsm_status print_series(const cihsm_value *row, cihsm_error *err)
{
    CLI_TRY(print_label("cihsm_certificate_not_after_seconds{subject=\"",
                        cihsm_value_get_string(row, "subject"), err));
    CLI_TRY(print_label("\",serial=\"", cihsm_value_get_string(row, "serialNumber"), err));
    CLI_TRY(print_label("\",source=\"", cihsm_value_get_string(row, "source"), err));
    char end[64];
    const int len = snprintf(end, sizeof end, "\"} %.0f\n", number_of(row, "notAfterSeconds"));
    return cli_print_bytes(end, (size_t)len, err);
}

static cihsm_status print_metrics(const cihsm_value *lists, cihsm_error *err)
{
    static const char HEAD[] =
        "# HELP cihsm_certificate_not_after_seconds End of a certificate's validity, seconds since "
        "the epoch.\n"
        "# TYPE cihsm_certificate_not_after_seconds gauge\n";
    CLI_TRY(cli_print_bytes(HEAD, sizeof HEAD - 1, err));
    row_walk walk = rows_of(lists);
    for (const cihsm_value *row = next_row(&walk); row != NULL; row = next_row(&walk)) {
        if (!was_printed(lists, row)) {
            CLI_TRY(print_series(row, err));
        }
    }
    return CIHSM_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static cihsm_status look(cli_env *env, long *days, cihsm_value **out, cihsm_error *err)
{
    CLI_TRY(cert_warn_days(env, days, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *lists = cihsm_value_new_array();
    if (lists == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(collect(env, *days, lists, err));
    *out = CIHSM_MOVE(lists);
    return CIHSM_OK;
}

/* A monitoring system reads standard output and the plugin's code, also of a failure. */
static cihsm_status run_plugin(cli_env *env, cihsm_error *err)
{
    long days = 0;
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *lists = NULL;
    cihsm_status status = look(env, &days, &lists, &why);
    if (status == CIHSM_OK) {
        status = print_plugin(env, lists, days, &why);
    }
    return status == CIHSM_OK ? CIHSM_OK
                              : put_plugin_line(env, PLUGIN_UNKNOWN, why.message, "", err);
}

static cihsm_status run_expiry(cli_env *env, cihsm_error *err)
{
    if (is_output(env, "nagios")) {
        return run_plugin(env, err);
    }
    const bool is_metrics = is_output(env, "prometheus");
    cli_format format = CLI_TABLE;
    if (!is_metrics) {
        CLI_TRY(cli_output_format(env, &format, err));
    }
    long days = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *lists = NULL;
    CLI_TRY(look(env, &days, &lists, err));
    if (is_metrics) { /* whether to alarm is decided by who reads them */
        return print_metrics(lists, err);
    }
    CLI_TRY(print_table(lists, format, err));
    return judge(lists, err);
}

const cli_command CMD_CERT_EXPIRY = {
    .name = "cert expiry",
    .summary = "tell when certificates end: files, service keys, token (-o nagios, prometheus)",
    .arguments = "[FILE...]",
    .argument_max = FILES_MAX,
    .example = "cihsm cert expiry client-chain.pem service-key.json --days 45 -o nagios",
    .options = OPTIONS,
    .run = run_expiry,
};
