/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact guideline list, run, show, report: SAP's own check of integration flows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/artifact_options.h"
#include "cli/guideline.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/value_target.h"

static const char COLUMNS[] = "Severity,Compliance,IsGuidelineSkipped,GuidelineId";

#define ALL_OPTION                                                                 \
    {                                                                              \
        "all", NULL, "those too that the flow keeps or that do not apply to it", 0 \
    }

static const cli_option LIST_OPTIONS[] = {
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option RUN_OPTIONS[] = {
    ALL_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option SHOW_OPTIONS[] = {
    ALL_OPTION,
    CLI_EXECUTION_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option REPORT_OPTIONS[] = {
    {"out", "PATH", "write to this file; DIR/: to a new file there, by its name", 0},
    CLI_EXECUTION_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

/* --- list ------------------------------------------------------------------------------------ */

/* The time is milliseconds in a text: a person gets a date, JSON what the tenant says. */
static cihsm_status add_run(cli_list *to, const cihsm_value *run, cihsm_error *err)
{
    char moment[CIHSM_TIME_SIZE];
    char date[CIHSM_TIME_SIZE + 1];
    const char *text = cihsm_value_get_string(run, "ExecutionTime");
    const char *id = cihsm_value_get_string(run, "ExecutionId");
    const long long ms = text == NULL ? 0 : strtoll(text, NULL, 10);
    if (id == NULL || id[0] == '\0') {
        return CIHSM_OK; /* the place of a run that has not been */
    }
    if (ms == 0 || cli_is_json(to->format)) {
        return cli_list_add_one(to, run, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(run);
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    cihsm_time_write(ms, moment);
    snprintf(date, sizeof date, "%sZ", moment);
    CLI_TRY(cihsm_value_set_string(row, "ExecutionTime", date, err));
    return cli_list_add_one(to, row, err);
}

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_guideline_free) cli_guideline of = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *runs = NULL;
    CIHSM_AUTO(cli_list_free)
    cli_list list = {.columns = "ExecutionTime,ExecutionStatus,ExecutionId"};
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cli_guideline_read(env, &of, err));
    CLI_TRY(cli_open_client(env, &of.client, err));
    CLI_TRY(cli_guideline_runs(&of, &runs, err));
    for (const cihsm_value *run = cihsm_value_first(runs); run != NULL;
         run = cihsm_value_next(run)) {
        CLI_TRY(add_run(&list, run, err));
    }
    return cli_list_end(&list, err);
}

/* --- what a run found ------------------------------------------------------------------------ */

static bool is_word(const cihsm_value *row, const char *member, const char *word)
{
    const char *text = cihsm_value_get_string(row, member);
    return text != NULL && strcasecmp(text, word) == 0;
}

/* A word that is not known counts as broken: nothing slips through. */
static bool is_broken(const cihsm_value *row)
{
    return !is_word(row, "Compliance", "Compliant") &&
           !is_word(row, "Compliance", "Not Applicable");
}

static bool is_skipped(const cihsm_value *row)
{
    return cihsm_value_is_true(cihsm_value_get(row, "IsGuidelineSkipped")) ||
           is_word(row, "IsGuidelineSkipped", "true");
}

typedef struct finding {
    size_t all;
    size_t broken; /* and not skipped */
    size_t skipped;
} finding;

static cihsm_status print_rows(const cli_env *env, const cihsm_value *rows, finding *out,
                               cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = COLUMNS};
    CLI_TRY(cli_output_format(env, &list.format, err));
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        out->all++;
        out->skipped += is_skipped(row);
        out->broken += is_broken(row) && !is_skipped(row);
        if (cli_has(env, "all") || is_broken(row) || is_skipped(row)) {
            CLI_TRY(cli_list_add_one(&list, row, err));
        }
    }
    return cli_list_end(&list, err);
}

static cihsm_status fetch(const cli_guideline *of, cihsm_result **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cihsm_query query = CIHSM_QUERY_INIT;
    query.expand = "DesignGuidelines";
    CLI_TRY(cli_guideline_path(of, "", NULL, path, err));
    return cihsm_client_get(of->client, path, &query, out, err);
}

static cihsm_status show(const cli_env *env, const cli_guideline *of, finding *out,
                         cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(fetch(of, &result, err));
    const cihsm_value *run = cihsm_result_value(result);
    const char *status = cihsm_value_get_string(run, "ExecutionStatus");
    CLI_TRY(print_rows(env, cihsm_value_get(run, "DesignGuidelines"), out, err));
    cli_note("%s: %s, %zu of %zu guidelines broken, %zu skipped", of->artifact.id,
             status == NULL ? "no status" : status, out->broken, out->all, out->skipped);
    return CIHSM_OK;
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    cli_format format;
    finding found = {0};
    CIHSM_AUTO(cli_guideline_free) cli_guideline of = {0};
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_guideline_read(env, &of, err));
    CLI_TRY(cli_guideline_open(env, &of, err));
    return show(env, &of, &found, err);
}

/* --- run ------------------------------------------------------------------------------------- */

static cihsm_status execute(cli_env *env, const cihsm_request *request, cli_guideline *of,
                            bool *is_done, cihsm_error *err)
{
    const cli_write write = {
        .request = request, .explain = cli_explain_change, .user = &of->artifact};
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_settle(env, &write, is_done, err));
    if (*is_done) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_open_client(env, &of->client, err));
    CLI_TRY(cli_write_carry(of->client, &write, &answer, err));
    return cihsm_artifact_task(answer, of->execution, err);
}

static cihsm_status run_run(cli_env *env, cihsm_error *err)
{
    bool is_done = false;
    finding found = {0};
    CIHSM_AUTO(cli_guideline_free) cli_guideline of = {0};
    CLI_TRY(cli_guideline_read(env, &of, err));
    const char *version = of.artifact.version == NULL ? "active" : of.artifact.version;
    const cihsm_parameter parameters[] = {{.name = "Id", .value = of.artifact.id, .is_text = true},
                                          {.name = "Version", .value = version, .is_text = true}};
    const cihsm_request request = {.method = "POST",
                                   .path = "ExecuteIntegrationDesigntimeArtifactsGuidelines",
                                   .parameters = parameters,
                                   .parameter_count = 2};
    CLI_TRY(execute(env, &request, &of, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CLI_TRY(show(env, &of, &found, err));
    return found.broken == 0
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CHECK,
                          "\"%.120s\" breaks %zu design guideline%s: mend it, or \"cihsm artifact "
                          "guideline skip\" with the reason",
                          of.artifact.id, found.broken, found.broken == 1 ? "" : "s");
}

/* --- report ---------------------------------------------------------------------------------- */

static cihsm_status run_report(cli_env *env, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    const cihsm_parameter parameter = {.name = "type", .value = "xls"};
    cihsm_query query = CIHSM_QUERY_INIT;
    query.parameters = &parameter;
    query.parameter_count = 1;
    CIHSM_AUTO(cli_guideline_free) cli_guideline of = {0};
    CIHSM_AUTO(value_target_free) value_target target = {0};
    CLI_TRY(cli_guideline_read(env, &of, err));
    CLI_TRY(value_target_open(env, &target, err));
    CLI_TRY(cli_guideline_open(env, &of, err));
    CLI_TRY(cli_guideline_path(&of, "", "$value", path, err));
    const cihsm_sink sink = value_target_sink(&target);
    CLI_TRY(cihsm_client_download(of.client, path, &query, &sink, err));
    return value_target_commit(&target, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_ARTIFACT_GUIDELINE_LIST = {
    .name = "artifact guideline list",
    .summary = "list the runs of the design guidelines of a flow",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact guideline list Orders",
    .options = LIST_OPTIONS,
    .run = run_list,
};

const cli_command CMD_ARTIFACT_GUIDELINE_RUN = {
    .name = "artifact guideline run",
    .summary = "check a flow by the design guidelines; exit code 13 if it breaks one",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact guideline run Orders",
    .options = RUN_OPTIONS,
    .run = run_run,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_GUIDELINE_SHOW = {
    .name = "artifact guideline show",
    .summary = "show which design guidelines a flow breaks, by its last run",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact guideline show Orders -o json",
    .options = SHOW_OPTIONS,
    .run = run_show,
};

const cli_command CMD_ARTIFACT_GUIDELINE_REPORT = {
    .name = "artifact guideline report",
    .summary = "download the report of a run as a spreadsheet",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact guideline report Orders --out orders.xls",
    .options = REPORT_OPTIONS,
    .run = run_report,
};
