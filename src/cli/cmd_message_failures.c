/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message failures: which flows failed, how often, and by which errors.
 */
#include <ctype.h>
#include <string.h>

#include "cli/list.h"
#include "cli/message_error.h"
#include "cli/message_list.h"
#include "cli/message_options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"

enum { TEXTS = 20, TEXTS_MAX = 1000 };
static const int64_t LOOKED_AT_MS = INT64_C(24) * 3600 * 1000;

static const cli_option OPTIONS[] = {
    CLI_MESSAGE_PLACE_OPTIONS,
    CLI_MESSAGE_WINDOW_OPTIONS,
    {"texts", "N", "read the error texts of the N latest failures of each flow (20); 0: none", 0},
    {0},
};

static cihsm_status tally_entry(void *user, const cihsm_value *entry, cihsm_error *err)
{
    cli_progress_add(1, 0);
    return cihsm_message_tally_add(user, entry, err);
}

/* Reads what went wrong with the messages that are remembered. */
static cihsm_status explain(cihsm_client *client, cihsm_message_tally *tally, cihsm_error *err)
{
    const char *id = NULL;
    cli_progress_begin("error texts");
    for (size_t at = 0; (id = cihsm_message_tally_sample(tally, at)) != NULL; at++) {
        CIHSM_AUTO(cihsm_result_free) cihsm_result *text = NULL;
        size_t len = 0;
        CLI_TRY(cli_read_error_text(client, id, &text, err));
        const char *bytes = text == NULL ? "" : cihsm_result_bytes(text, &len);
        CLI_TRY(cihsm_message_tally_explain(tally, at, bytes, len, err));
        cli_progress_add(1, len);
    }
    cli_progress_end();
    return CIHSM_OK;
}

/* Leaves out the packages before the name of a Java class: what went wrong comes after it. */
static const char *without_packages(const char *error)
{
    const char *shown = error;
    for (const char *at = error; isalnum((unsigned char)*at) || *at == '_' || *at == '.'; at++) {
        shown = *at == '.' && isalpha((unsigned char)at[1]) ? at + 1 : shown;
    }
    return shown;
}

static cihsm_status print_rows(const cli_env *env, const cihsm_value *rows, cihsm_error *err)
{
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE) {
        return cli_print_list(env, rows, NULL, err);
    }
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = "Count,Flow,Error,Last"};
    for (const cihsm_value *r = cihsm_value_first(rows); r != NULL; r = cihsm_value_next(r)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(r);
        const char *error = cihsm_value_get_string(r, "Error");
        if (row == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        if (error != NULL) {
            CLI_TRY(cihsm_value_set_string(row, "Error", without_packages(error), err));
        }
        CLI_TRY(cli_list_add_one(&list, row, err));
    }
    return cli_list_end(&list, err);
}

/* Rows without a text stand for the failures that were not read. */
static void tell_unread(const cihsm_value *rows, long texts)
{
    double unread = 0;
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        double count = 0;
        if (cihsm_value_get_string(row, "Error") == NULL &&
            cihsm_value_number(cihsm_value_get(row, "Count"), &count)) {
            unread += count;
        }
    }
    if (unread > 0) {
        cli_note("of %.0f older failures the error texts were not read: their lines have none; "
                 "--texts N reads more than %ld of each flow",
                 unread, texts);
    }
}

static cihsm_status print_failures(const cli_env *env, cihsm_client *client,
                                   const cihsm_query *query, long texts, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cihsm_message_tally_new((size_t)texts, &tally, err));
    cli_progress_begin("messages");
    CLI_TRY(cli_each_entry(client, CLI_MESSAGE_SET, query, 0, tally_entry, tally, NULL, err));
    cli_progress_end();
    CLI_TRY(explain(client, tally, err));
    CLI_TRY(cihsm_message_tally_failures(tally, &rows, err));
    CLI_TRY(print_rows(env, rows, err));
    tell_unread(rows, texts);
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_messages_free) cli_messages asked = {0};
    long texts = TEXTS;
    cli_format format;
    CLI_TRY(cli_messages_read_of(env, "FAILED", &asked, err));
    CLI_TRY(cli_number(env, "texts", 0, &texts, err));
    CLI_TRY(cli_output_format(env, &format, err));
    if (texts > TEXTS_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "--texts takes at most %d, one request each",
                        TEXTS_MAX);
    }
    if (cli_messages_limit(&asked, LOOKED_AT_MS)) {
        cli_note("of the last 24 hours: --last and --since choose another time");
    }
    asked.typed.query.select = "MessageGuid,IntegrationArtifact,LogEnd";
    asked.typed.query.orderby = "LogEnd desc"; /* so that the latest are remembered */
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    return print_failures(env, client, &asked.typed.query, texts, err);
}

const cli_command CMD_MESSAGE_FAILURES = {
    .name = "message failures",
    .summary = "group the failed messages by flow and by error text",
    .arguments = "",
    .example = "cihsm message failures --last 7d",
    .options = OPTIONS,
    .run = run,
};
