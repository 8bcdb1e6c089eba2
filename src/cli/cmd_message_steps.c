/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message steps: the runs of a message and their steps, in the order in which they began.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/list.h"
#include "cli/message_error.h"
#include "cli/message_list.h"
#include "cli/report.h"
#include "cli/session.h"

/* --- order and durations ----------------------------------------------------------------- */

static int compare_texts(const cihsm_value *a, const cihsm_value *b, const char *name)
{
    const char *left = cihsm_value_get_string(a, name);
    const char *right = cihsm_value_get_string(b, name);
    return strcmp(left == NULL ? "" : left, right == NULL ? "" : right);
}

static int by_run_start(const void *left, const void *right)
{
    return compare_texts(*(const cihsm_value *const *)left, *(const cihsm_value *const *)right,
                         "RunStart");
}

static int by_step_start(const void *left, const void *right)
{
    const cihsm_value *a = *(const cihsm_value *const *)left;
    const cihsm_value *b = *(const cihsm_value *const *)right;
    const int order = compare_texts(a, b, "StepStart");
    double first = 0;
    double second = 0;
    (void)cihsm_value_number(cihsm_value_get(a, "ChildCount"), &first);
    (void)cihsm_value_number(cihsm_value_get(b, "ChildCount"), &second);
    return order != 0 ? order : first < second ? -1 : first > second;
}

static void free_pointers(const cihsm_value ***pointers)
{
    free(*pointers);
}

/* Copies an array in another order. */
static cihsm_status sort(const cihsm_value *array, int (*compare)(const void *, const void *),
                         cihsm_value **out, cihsm_error *err)
{
    const size_t count = cihsm_value_count(array);
    CIHSM_AUTO(free_pointers) const cihsm_value **items = calloc(count + 1, sizeof *items);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sorted = cihsm_value_new_array();
    if (items == NULL || sorted == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    size_t at = 0;
    for (const cihsm_value *i = cihsm_value_first(array); i != NULL; i = cihsm_value_next(i)) {
        items[at++] = i;
    }
    qsort(items, count, sizeof *items, compare);
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(items[i]);
        CLI_TRY(cihsm_value_append(sorted, &copy, err));
    }
    *out = CIHSM_MOVE(sorted);
    return CIHSM_OK;
}

/* DurationMs between two members; null while the end is open. */
static cihsm_status set_duration(cihsm_value *item, const char *start, const char *stop,
                                 cihsm_error *err)
{
    const char *from = cihsm_value_get_string(item, start);
    const char *to = cihsm_value_get_string(item, stop);
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    if (from == NULL || to == NULL || cihsm_time_read_date(from, &from_ms, NULL) != CIHSM_OK ||
        cihsm_time_read_date(to, &to_ms, NULL) != CIHSM_OK) {
        return cihsm_value_set_string(item, "DurationMs", NULL, err);
    }
    return cihsm_value_set_number(item, "DurationMs", (double)(to_ms - from_ms), err);
}

/* --- reading ----------------------------------------------------------------------------- */

/* @param steps  array, yours, in order, with their durations and the number of the run */
static cihsm_status read_steps(cihsm_client *client, const cihsm_value *run, size_t number,
                               cihsm_value **steps, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    const char *id = cihsm_value_get_string(run, "Id");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sorted = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_array();
    CLI_TRY(
        cihsm_path_entity("MessageProcessingLogRuns", id == NULL ? "" : id, "RunSteps", path, err));
    CLI_TRY(cli_explain_missing(cli_read_list(client, path, &found, err), "run", id, err));
    CLI_TRY(sort(found, by_step_start, &sorted, err));
    for (const cihsm_value *s = cihsm_value_first(sorted); s != NULL; s = cihsm_value_next(s)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *step = cihsm_value_copy(s);
        CLI_TRY(set_duration(step, "StepStart", "StepStop", err));
        CLI_TRY(cihsm_value_set_number(step, "Run", (double)number, err));
        CLI_TRY(cihsm_value_append(made, &step, err));
    }
    *steps = CIHSM_MOVE(made);
    return CIHSM_OK;
}

static cihsm_status append_all(const cihsm_value *from, cihsm_value *to, cihsm_error *err)
{
    for (const cihsm_value *i = cihsm_value_first(from); i != NULL; i = cihsm_value_next(i)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(i);
        CLI_TRY(cihsm_value_append(to, &copy, err));
    }
    return CIHSM_OK;
}

/* @param runs  gets the run with its steps as RunSteps   @param steps  gets the steps */
static cihsm_status read_run(cihsm_client *client, const cihsm_value *from, size_t number,
                             cihsm_value *runs, cihsm_value *steps, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *run = cihsm_value_copy(from);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *own = NULL;
    CLI_TRY(read_steps(client, from, number, &own, err));
    CLI_TRY(append_all(own, steps, err));
    CLI_TRY(set_duration(run, "RunStart", "RunStop", err));
    if (cihsm_value_count(own) == 0) {
        cli_note("run %zu has no steps: its log level is %s", number,
                 cihsm_value_get_string(run, "LogLevel"));
    }
    CLI_TRY(cihsm_value_set(run, "RunSteps", &own, err));
    return cihsm_value_append(runs, &run, err);
}

static cihsm_status print_runs(const cli_env *env, cihsm_client *client, const char *id,
                               cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *sorted = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *runs = cihsm_value_new_array();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *steps = cihsm_value_new_array();
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_read_below_message(client, id, "Runs", &found, err));
    CLI_TRY(sort(found, by_run_start, &sorted, err));
    size_t number = 0;
    for (const cihsm_value *r = cihsm_value_first(sorted); r != NULL; r = cihsm_value_next(r)) {
        CLI_TRY(read_run(client, r, ++number, runs, steps, err));
    }
    return format == CLI_JSON ? cli_print_list(env, runs, NULL, err)
                              : cli_print_list(env, steps,
                                               "Run,StepStart,DurationMs,Status,Activity,"
                                               "ModelStepId,Error",
                                               err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cli_check_message_id(env->arguments[0], err));
    CLI_TRY(cli_open_client(env, &client, err));
    return print_runs(env, client, env->arguments[0], err);
}

const cli_command CMD_MESSAGE_STEPS = {
    .name = "message steps",
    .summary = "show the steps that a message took, in order and with their durations",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message steps AGmYqXAr3c7nPzJ0sVdZ1xBfKQ2u",
    .run = run,
};
