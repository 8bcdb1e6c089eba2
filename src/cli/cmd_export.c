/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm export: an entity set, or a window of time of it, into files of a folder.
 */
#include <inttypes.h>

#include "cli/fields.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/query_options.h"
#include "cli/report.h"
#include "cli/resume.h"
#include "cli/session.h"
#include "cli/settings.h"

static const cli_option OPTIONS[] = {
    {"out", "DIR", "the folder to write to; made if it is not there", 0},
    {"since", "TIME", "from then on: 2026-03-01T14:30 (UTC), 2026-03-01, or 7d ago", 0},
    {"until", "TIME", "before then; five minutes ago if not given, and never later", 0},
    {"last", "SPAN", "of the last 90m, 12h, 7d, 4w: as --since alone", 0},
    {"time-property", "NAME", "property that the times are about, if not the usual one", 0},
    {"filter", "TEXT", "$filter, for example \"Status eq 'FAILED'\"", 0},
    {"select", "NAMES", "$select: only these properties; key and time among them", 0},
    {"expand", "NAMES", "$expand: with these navigations", 0},
    {"query", "NAME=VALUE", "an option of the tenant's own, sent as it is; repeat", 0},
    {"unchecked", NULL, "send path and options even where they should not work", 0},
    {"slice", "SPAN", "begin with slices of 10m, 1h; chosen by the window if not given", 0},
    {"concurrency", "N", "requests at a time: 1 to 8, 6 if not given", 0},
    {"follow", NULL, "go on with what comes, until it is stopped", 0},
    {"interval", "SPAN", "with --follow: time between two looks (60s)", 0},
    {"lag", "SPAN",
     "with --follow: read entries this long after their time (5m); less loses late ones", 0},
    {0},
};

/* --- options ----------------------------------------------------------------------------- */

static cihsm_status read_span(const cli_env *env, const char *name, int64_t *out_s,
                              cihsm_error *err)
{
    const char *text = cli_value(env, name);
    int64_t ms = 0;
    cihsm_error why = {0};
    if (text != NULL && cihsm_span_read(text, &ms, &why) != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s: %s", name, why.message);
    }
    *out_s = ms / 1000;
    return CIHSM_OK;
}

static cihsm_status read_format(const cli_env *env, cihsm_export_format *out, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    *out = format == CLI_CSV ? CIHSM_EXPORT_CSV : CIHSM_EXPORT_JSONL;
    if (cli_setting(env, "output") != NULL && format != CLI_CSV && format != CLI_JSONL) {
        return cli_fail(err, CIHSM_E_USAGE, "an export writes -o jsonl or -o csv");
    }
    return CIHSM_OK;
}

/* @param query  borrowed by the options */
static cihsm_status read_options(const cli_env *env, const cihsm_query *query,
                                 cihsm_export_options *out, cihsm_error *err)
{
    long concurrency = 0;
    CLI_TRY(cli_number(env, "concurrency", 1, &concurrency, err));
    *out = (cihsm_export_options){
        .set = env->arguments[0],
        .folder = cli_value(env, "out"),
        .since = cli_value(env, cli_has(env, "last") ? "last" : "since"),
        .until = cli_value(env, "until"),
        .time_property = cli_value(env, "time-property"),
        .filter = query->filter,
        .select = query->select,
        .expand = query->expand,
        .parameters = query->parameters,
        .parameter_count = query->parameter_count,
        .is_unchecked = query->is_unchecked,
        .concurrency = concurrency > INT16_MAX ? INT16_MAX : (unsigned)concurrency,
        .follow = cli_has(env, "follow"),
    };
    CLI_TRY(read_span(env, "slice", &out->slice_s, err));
    CLI_TRY(read_span(env, "interval", &out->interval_s, err));
    CLI_TRY(read_span(env, "lag", &out->lag_s, err));
    CLI_TRY(read_format(env, &out->format, err));
    return cihsm_export_check(out, err);
}

/* --- running ----------------------------------------------------------------------------- */

typedef struct told {
    uint64_t entries;
    uint64_t bytes;
} told;

static void tell(void *user, const cihsm_export_progress *progress)
{
    told *before = user;
    cli_progress_add((size_t)(progress->entries - before->entries),
                     (size_t)(progress->bytes - before->bytes));
    cli_progress_share("slices", (size_t)progress->slices,
                       (size_t)(progress->slices + progress->slices_left));
    *before = (told){progress->entries, progress->bytes};
}

static void tell_end(const cihsm_export_options *options, const cihsm_export_report *report)
{
    if (report->was_complete) {
        cli_note("the export in %s is complete already: nothing was done", options->folder);
        return;
    }
    if (report->is_until_lowered) {
        cli_note("the window ends five minutes ago: later entries may still come");
    }
    cli_note("%" PRIu64 " entries in %" PRIu64 " files %s %s; manifest.json there lists all",
             report->entries, report->files,
             report->was_continued ? "were still to come, and are in" : "are in", options->folder);
}

static void tell_left_out(const cihsm_export_report *report)
{
    if (report->left_out > 0) {
        cli_note("%" PRIu64 " values are in no column of the CSV files: -o jsonl has all",
                 report->left_out);
    }
}

static cihsm_status run_export(cihsm_export *export, cihsm_export_report *report, cihsm_error *err)
{
    cli_progress_begin("entries");
    const cihsm_status status = cihsm_export_run(export, report, err);
    cli_progress_end();
    return status;
}

/* Told, not refused: the tenant may have more than is documented. */
static cihsm_status hint_at_select(const cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    CLI_TRY(cli_fields_split(cli_value(env, "select"), &names, err));
    return cli_fields_hint(env->arguments[0], names, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_query_free) cli_query typed = {0};
    cihsm_export_options options;
    CLI_TRY(cli_query_read(env, &typed, err));
    CLI_TRY(read_options(env, &typed.query, &options, err));
    CLI_TRY(hint_at_select(env, err));
    told before = {0};
    options.progress = tell;
    options.user = &before;

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_export_free) cihsm_export *export = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_export_open(client, &options, &export, err));
    cihsm_export_report report;
    const cihsm_status status = run_export(export, &report, err);
    tell_left_out(&report);
    if (status != CIHSM_OK) {
        return cli_resume_end(env, status, err);
    }
    tell_end(&options, &report);
    return CIHSM_OK;
}

const cli_command CMD_EXPORT = {
    .name = "export",
    .summary = "write an entity set, or a window of time of it, to files",
    .arguments = "SET",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm export MessageProcessingLogs --since 7d --out logs",
    .options = OPTIONS,
    .run = run,
};
