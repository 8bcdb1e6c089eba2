/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm batch: many operations in one request, or in a few.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/batch_lines.h"
#include "cli/confirm.h"
#include "cli/list.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/write_send.h"

enum { BATCH_SIZE = 100 };

static const char COLUMNS[] = "line,method,path,status,error";

static const cli_option OPTIONS[] = {
    {"batch-size", "N", "operations in one request (100); a change set is never cut", 0},
    {"confirm-profile", "NAME", "repeats the name of a profile that is protected", 0},
    {"unchecked", NULL, "send path and method even where they should not work", 0},
    {0},
};

/* --- before ---------------------------------------------------------------------------------- */

/* Calls for each batch of the lines, from the first to the last. */
typedef cihsm_status (*batch_fn)(void *user, size_t begin, size_t count, cihsm_error *err);

static cihsm_status each_batch(const cli_batch_lines *lines, size_t most, batch_fn call, void *user,
                               cihsm_error *err)
{
    for (size_t begin = 0; begin < lines->count;) {
        const size_t count = cihsm_batch_fit(lines->operations + begin, lines->count - begin, most);
        CLI_TRY(call(user, begin, count, err));
        begin += count;
    }
    return CIHSM_OK;
}

static cihsm_status check_batch(void *user, size_t begin, size_t count, cihsm_error *err)
{
    const cli_batch_lines *lines = user;
    size_t at = 0;
    cihsm_error why = {0};
    if (cihsm_batch_check(lines->operations + begin, count, &at, &why) != CIHSM_OK) {
        return cli_batch_line_fail(lines, begin + at, &why, err);
    }
    return CIHSM_OK;
}

static size_t count_method(const cli_batch_lines *lines, const char *method)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        count += strcmp(lines->operations[i].request.method, method) == 0 ? 1 : 0;
    }
    return count;
}

static cihsm_status ask(cli_env *env, const cli_batch_lines *lines, cihsm_error *err)
{
    const size_t deleted = count_method(lines, "DELETE");
    const size_t replaced = count_method(lines, "PUT");
    if (count_method(lines, "GET") < lines->count) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    if (deleted + replaced == 0) {
        return CIHSM_OK;
    }
    return cli_confirm(env, err,
                       "%.200s deletes %zu and replaces %zu: what those have now is lost, "
                       "properties that are left out too; go on?",
                       lines->name, deleted, replaced);
}

/* --- --dry-run ------------------------------------------------------------------------------- */

typedef struct showing {
    const cli_env *env;
    const cli_batch_lines *lines;
} showing;

static cihsm_status describe_batch(void *user, size_t begin, size_t count, cihsm_error *err)
{
    const showing *of = user;
    if (begin > 0) {
        CLI_TRY(cli_print_bytes("\n", 1, err));
    }
    return cihsm_batch_describe(cli_setting(of->env, "service-key"), of->lines->operations + begin,
                                count, cli_write_stdout, NULL, err);
}

/* --- one row an operation -------------------------------------------------------------------- */

/* Bytes that a JSON text can hold. */
static bool is_text(const char *bytes, size_t len)
{
    return strlen(bytes) == len && mbstowcs(NULL, bytes, 0) != (size_t)-1;
}

static cihsm_status set_value(cihsm_value *row, size_t line, const cihsm_answer *answer,
                              cihsm_error *err)
{
    size_t len = 0;
    const char *bytes = cihsm_answer_bytes(answer, &len);
    if (cihsm_answer_value(answer) != NULL) {
        CIHSM_AUTO(cihsm_value_free)
        cihsm_value *copy = cihsm_value_copy(cihsm_answer_value(answer));
        return copy == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory")
                            : cihsm_value_set(row, "value", &copy, err);
    }
    if (len == 0) {
        return CIHSM_OK;
    }
    if (!is_text(bytes, len)) {
        cli_note("line %zu: its answer is %zu bytes that are no text, so it is not shown", line,
                 len);
        return CIHSM_OK;
    }
    return cihsm_value_set_string(row, "value", bytes, err);
}

static cihsm_status set_answer(cihsm_value *row, size_t line, const cihsm_answer *answer,
                               cihsm_error *err)
{
    if (cihsm_answer_location(answer) != NULL) {
        CLI_TRY(cihsm_value_set_string(row, "location", cihsm_answer_location(answer), err));
    }
    return set_value(row, line, answer, err);
}

static cihsm_status make_row(const cli_batch_lines *lines, size_t begin, const cihsm_batch *batch,
                             size_t at, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    const cihsm_request *request = &lines->operations[begin + at].request;
    const size_t line = cli_batch_line_number(lines, begin + at);
    const cihsm_error *error = cihsm_batch_error(batch, at);
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_number(row, "line", (double)line, err));
    CLI_TRY(cihsm_value_set_string(row, "method", request->method, err));
    CLI_TRY(cihsm_value_set_string(row, "path", request->path, err));
    CLI_TRY(cihsm_value_set_number(row, "status", (double)cihsm_batch_status(batch, at), err));
    CLI_TRY(error != NULL ? cihsm_value_set_string(row, "error", error->message, err)
                          : set_answer(row, line, cihsm_batch_answer(batch, at), err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

/* --- sending --------------------------------------------------------------------------------- */

typedef struct sending {
    const cli_batch_lines *lines;
    cihsm_client *client;
    cli_list list;
    size_t begin; /* of the batch at work */
    size_t count;
    size_t failed;
    size_t first;      /* that failed: its index */
    cihsm_error error; /* and why */
} sending;

static void sending_free(sending *of)
{
    cli_list_free(&of->list);
    cihsm_client_free(&of->client);
}

static void note_failure(sending *of, size_t at, const cihsm_error *error)
{
    if (of->failed++ == 0) {
        of->first = at;
        of->error = *error;
    }
}

static cihsm_status report_batch(sending *of, size_t begin, size_t count, const cihsm_batch *batch,
                                 cihsm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CLI_TRY(make_row(of->lines, begin, batch, i, &row, err));
        CLI_TRY(cli_list_add_one(&of->list, row, err));
        if (cihsm_batch_error(batch, i) != NULL) {
            note_failure(of, begin + i, cihsm_batch_error(batch, i));
        }
        if (cihsm_batch_has_more(batch, i)) {
            cli_note("line %zu: the server has more entries: \"cihsm get\" with --all reads them",
                     cli_batch_line_number(of->lines, begin + i));
        }
    }
    return cli_list_flush(&of->list, err);
}

static cihsm_status send_batch(void *user, size_t begin, size_t count, cihsm_error *err)
{
    sending *of = user;
    CIHSM_AUTO(cihsm_batch_free) cihsm_batch *batch = NULL;
    of->begin = begin;
    of->count = count;
    CLI_TRY(cihsm_client_batch(of->client, of->lines->operations + begin, count, &batch, err));
    const cihsm_status status = report_batch(of, begin, count, batch, err);
    if (status != CIHSM_OK) {
        cli_fail_add(err, "the batch was answered: look what was done before you repeat it");
    }
    return status;
}

/* Where the lines went that are not in the rows. */
static void note_lost(const sending *of)
{
    const cli_batch_lines *lines = of->lines;
    const size_t begin = of->begin;
    const size_t end = begin + of->count;
    if (begin == 0 && end == lines->count) {
        return;
    }
    cli_note("lines %zu to %zu are the batch that failed%s%s", cli_batch_line_number(lines, begin),
             cli_batch_line_number(lines, end - 1),
             begin == 0 ? "" : "; those before it are told above",
             end == lines->count ? "" : "; those behind it were not sent");
}

/* The rows stay, also in a file of --out: so the command has not failed, but its end tells. */
static void end_with(cli_env *env, const cihsm_error *error)
{
    cli_report_error(env, error);
    env->has_exit_code = true;
    env->exit_code = cli_signals_exit_code(error->status);
}

static void report_failures(cli_env *env, const sending *of)
{
    cihsm_error told = {0};
    if (of->failed == 0) {
        return;
    }
    (void)cli_fail(&told, of->error.status,
                   "%zu of %zu operations failed; the first, line %zu: "
                   "%.400s",
                   of->failed, of->lines->count, cli_batch_line_number(of->lines, of->first),
                   of->error.message);
    told.origin = of->error.origin;
    told.native = of->error.native;
    end_with(env, &told);
}

static cihsm_status send_all(cli_env *env, sending *of, size_t most, cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status = each_batch(of->lines, most, send_batch, of, &why);
    if (status != CIHSM_OK) {
        const bool is_output = why.status == CIHSM_E_IO;
        if (!is_output) {
            note_lost(of);
        }
        if (is_output || of->list.printed == 0) {
            *err = why;
            return status;
        }
    }
    CLI_TRY(cli_list_end(&of->list, err));
    if (status != CIHSM_OK) {
        end_with(env, &why);
    } else {
        report_failures(env, of);
    }
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    long most = BATCH_SIZE;
    CIHSM_AUTO(cli_batch_lines_free) cli_batch_lines lines = {0};
    CIHSM_AUTO(sending_free) sending all = {.lines = &lines, .list = {.columns = COLUMNS}};
    CLI_TRY(cli_output_format(env, &all.list.format, err));
    CLI_TRY(cli_number(env, "batch-size", 1, &most, err));
    CLI_TRY(cli_batch_lines_read(env->arguments[0], cli_has(env, "unchecked"), &lines, err));
    CLI_TRY(each_batch(&lines, (size_t)most, check_batch, &lines, err));
    if (cli_has(env, "dry-run")) {
        showing shown = {env, &lines};
        return each_batch(&lines, (size_t)most, describe_batch, &shown, err);
    }
    CLI_TRY(ask(env, &lines, err));
    CLI_TRY(cli_open_client(env, &all.client, err));
    return send_all(env, &all, (size_t)most, err);
}

const cli_command CMD_BATCH = {
    .name = "batch",
    .summary = "send many operations as one request, from JSON Lines",
    .arguments = "FILE",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm batch operations.jsonl -o jsonl",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
};
