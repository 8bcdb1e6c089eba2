/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm snapshot: all packages and artifacts, unpacked, into a folder for version control.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/artifact_options.h"
#include "cli/list.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/resume.h"
#include "cli/session.h"

enum { PHRASE_SIZE = 160, REASONS_MAX = 20 };

static const cli_option OPTIONS[] = {
    {"out", "DIR", "the folder to write to: new, empty, or of an earlier snapshot", 0},
    {"package", "ID", "only this package; repeat for more", 0},
    {"exclude", "GLOB", "not these packages (\"Test*\"), artifacts (\"Sales/Draft*\"); repeat", 0},
    {"type", "TYPE", "only flow, message-mapping, value-mapping or script-collection", 0},
    {"no-drafts", NULL, "leave artifacts without a saved version as they were", 0},
    {"prune", NULL, "remove from the folder what the tenant has no more", 0},
    {"full", NULL, "download what is known to be unchanged, too", 0},
    {"concurrency", "N", "requests at a time: 1 to 16, 4 if not given", 0},
    {0},
};

/* --- options --------------------------------------------------------------------------------- */

/* Borrows from the arguments of the program. Start with {0}. */
typedef struct choice {
    cihsm_snapshot_options options;
    cihsm_artifact_type type;
    const char **packages;
    const char **excluded;
} choice;

static void choice_free(choice *of)
{
    free(of->packages);
    free(of->excluded);
}

static cihsm_status read_repeated(const cli_env *env, const char *name, const char ***out,
                                  size_t *count, cihsm_error *err)
{
    *count = cli_times(env, name);
    *out = calloc(*count + 1, sizeof **out);
    if (*out == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = cli_value_at(env, name, i);
    }
    return CIHSM_OK;
}

static cihsm_status read_type(const cli_env *env, choice *of, cihsm_error *err)
{
    const char *name = cli_value(env, "type");
    if (name == NULL) {
        return CIHSM_OK;
    }
    of->options.type = &of->type;
    return cihsm_artifact_type_read(name, &of->type, err);
}

static cihsm_status read_options(const cli_env *env, choice *out, cihsm_error *err)
{
    long concurrency = 0;
    cihsm_snapshot_options *options = &out->options;
    CLI_TRY(cli_number(env, "concurrency", 1, &concurrency, err));
    options->concurrency = concurrency > INT16_MAX ? INT16_MAX : (unsigned)concurrency;
    options->folder = cli_value(env, "out");
    options->is_full = cli_has(env, "full");
    options->prunes = cli_has(env, "prune");
    options->leaves_out_drafts = cli_has(env, "no-drafts");
    CLI_TRY(read_type(env, out, err));
    CLI_TRY(read_repeated(env, "package", &out->packages, &options->package_count, err));
    CLI_TRY(read_repeated(env, "exclude", &out->excluded, &options->excluded_count, err));
    options->packages = out->packages;
    options->excluded = out->excluded;
    return cihsm_snapshot_check(options, err);
}

/* --- what is told ---------------------------------------------------------------------------- */

static void tell(void *user, const cihsm_snapshot_progress *progress)
{
    cihsm_snapshot_progress *before = user;
    cli_progress_add((size_t)(progress->artifacts - before->artifacts),
                     (size_t)(progress->bytes - before->bytes));
    cli_progress_share("done", (size_t)progress->done, (size_t)progress->total);
    *before = *progress;
}

/* "1 artifact", "2 artifacts" */
static const char *counted(uint64_t count, const char *what, char out[PHRASE_SIZE])
{
    snprintf(out, PHRASE_SIZE, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
    return out;
}

static void tell_sums(const char *folder, const cihsm_snapshot_report *report)
{
    char packages[PHRASE_SIZE];
    char artifacts[PHRASE_SIZE];
    cli_note("%s, %s in %s: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " unchanged, %" PRIu64
             " removed",
             counted(report->packages, "package", packages),
             counted(report->artifacts, "artifact", artifacts), folder, report->added,
             report->changed, report->unchanged, report->removed);
}

static void tell_rest(const cihsm_snapshot_report *report)
{
    char phrase[PHRASE_SIZE];
    if (report->drafts > 0) {
        cli_note("%" PRIu64 " %s: the version is not saved yet", report->drafts,
                 report->drafts == 1 ? "artifact is a draft" : "artifacts are drafts");
    }
    if (report->gone > 0) {
        cli_note("the tenant has %s no more that the folder still has: --prune removes them",
                 counted(report->gone, "artifact", phrase));
    }
}

/* A reason is longer than a column. */
static void tell_reasons(const cihsm_value *rows)
{
    size_t told = 0;
    const cihsm_value *row = cihsm_value_first(rows);
    for (; row != NULL; row = cihsm_value_next(row)) {
        const char *reason = cihsm_value_get_string(row, "Reason");
        if (reason == NULL) {
            continue;
        }
        if (told++ == REASONS_MAX) {
            cli_note("and more that were not read: -o json has all reasons");
            return;
        }
        cli_note("not read: %s: %s", cihsm_value_get_string(row, "Path"), reason);
    }
}

/* --- running --------------------------------------------------------------------------------- */

static cihsm_status run_snapshot(cihsm_snapshot *snapshot, cihsm_snapshot_report *report,
                                 cihsm_error *err)
{
    cli_progress_begin("zips");
    const cihsm_status status = cihsm_snapshot_run(snapshot, report, err);
    cli_progress_end();
    return status;
}

/* Where nothing was changed the sums say so; a program gets its empty list. */
static cihsm_status print_rows(const cli_env *env, const cihsm_value *rows, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    return format == CLI_TABLE && cihsm_value_count(rows) == 0
               ? CIHSM_OK
               : cli_print_list(env, rows, "Change,Package,Type,Id", err);
}

static cihsm_status report_end(const cli_env *env, const cihsm_snapshot *snapshot,
                               const char *folder, const cihsm_snapshot_report *report,
                               cihsm_error *err)
{
    CLI_TRY(print_rows(env, cihsm_snapshot_rows(snapshot), err));
    tell_reasons(cihsm_snapshot_rows(snapshot));
    tell_sums(folder, report);
    tell_rest(report);
    return report->failed == 0
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CHECK,
                          "%" PRIu64 " could not be read and stays as it was, all else is in %s; "
                          "--exclude leaves an artifact out",
                          report->failed, folder);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cli_format format;
    cihsm_snapshot_report report = {0};
    cihsm_snapshot_progress before = {0};
    CIHSM_AUTO(choice_free) choice chosen = {0};
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(read_options(env, &chosen, err));
    chosen.options.progress = tell;
    chosen.options.user = &before;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_snapshot_free) cihsm_snapshot *snapshot = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_snapshot_open(client, &chosen.options, &snapshot, err));
    const cihsm_status status = run_snapshot(snapshot, &report, err);
    if (status != CIHSM_OK) {
        return cli_resume_end(env, status, err);
    }
    return report_end(env, snapshot, chosen.options.folder, &report, err);
}

const cli_command CMD_SNAPSHOT = {
    .name = "snapshot",
    .summary = "write all packages and artifacts, unpacked, to a folder for git",
    .arguments = "",
    .example = "cihsm snapshot --out tenant --prune",
    .options = OPTIONS,
    .run = run,
};
