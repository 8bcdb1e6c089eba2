/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message list, message count: which messages there are, and how many.
 */
#include "cli/fields.h"
#include "cli/list.h"
#include "cli/message_list.h"
#include "cli/message_options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"

#include <string.h>

enum { LISTED = 50 };
static const int64_t COUNTED_MS = INT64_C(24) * 3600 * 1000;

/* --- list -------------------------------------------------------------------------------- */

static const cli_option LIST_OPTIONS[] = {
    CLI_MESSAGE_STATUS_OPTION,
    CLI_MESSAGE_PLACE_OPTIONS,
    {"id", "ID", "the message with this id (MessageGuid)", 0},
    {"correlation-id", "ID", "the messages of one correlation", 0},
    {"application-id", "ID", "with this application message id", 0},
    CLI_MESSAGE_WINDOW_OPTIONS,
    {"limit", "N", "the N latest ones (50)", 0},
    {"all", NULL, "all of them, over all pages of the server", 0},
    {"fields", "NAMES", "print only these members: MessageGuid,IntegrationArtifact.Name", 0},
    {0},
};

static cihsm_status add_entry(void *user, const cihsm_value *entry, cihsm_error *err)
{
    return cli_list_add_one(user, entry, err);
}

static cihsm_status read_limit(const cli_env *env, long *limit, cihsm_error *err)
{
    *limit = LISTED;
    CLI_TRY(cli_number(env, "limit", 1, limit, err));
    if (!cli_has(env, "all")) {
        return CIHSM_OK;
    }
    if (cli_has(env, "limit")) {
        return cli_fail(err, CIHSM_E_USAGE, "give --all or --limit, not both");
    }
    *limit = 0;
    return CIHSM_OK;
}

static cihsm_status check_fields(const cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    CLI_TRY(cli_fields_split(cli_value(env, "fields"), &names, err));
    return cli_fields_hint(CLI_MESSAGE_SET, names, err);
}

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_messages_free) cli_messages asked = {0};
    CIHSM_AUTO(cli_list_free)
    cli_list list = {.columns = CLI_MESSAGE_COLUMNS, .fields = cli_value(env, "fields")};
    long limit = 0;
    CLI_TRY(cli_messages_read(env, &asked, err));
    CLI_TRY(read_limit(env, &limit, err));
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(check_fields(env, err));
    asked.typed.query.orderby = "LogEnd desc";
    CLI_TRY(cihsm_query_check(CLI_MESSAGE_SET, &asked.typed.query, err));

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    bool has_more = false;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_each_entry(client, CLI_MESSAGE_SET, &asked.typed.query, limit, add_entry, &list,
                           &has_more, err));
    CLI_TRY(cli_list_end(&list, err));
    if (has_more) {
        cli_note("there are more than these %ld: --limit N gives more, --all gives all", limit);
    }
    return CIHSM_OK;
}

const cli_command CMD_MESSAGE_LIST = {
    .name = "message list",
    .summary = "list messages that were processed, the latest first",
    .arguments = "",
    .example = "cihsm message list --status FAILED --flow Order_Express --last 24h",
    .options = LIST_OPTIONS,
    .run = run_list,
};

/* --- count ------------------------------------------------------------------------------- */

static const cli_option COUNT_OPTIONS[] = {
    {"by", "WHAT", "status (by the server's own counting) or flow (reads them all)", 0},
    CLI_MESSAGE_STATUS_OPTION,
    CLI_MESSAGE_PLACE_OPTIONS,
    CLI_MESSAGE_WINDOW_OPTIONS,
    {0},
};

/* The conditions of the person, of one status. */
static cihsm_status count_status(const cli_env *env, cihsm_client *client, const char *status,
                                 cihsm_value *rows, cihsm_error *err)
{
    CIHSM_AUTO(cli_messages_free) cli_messages asked = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    int64_t count = 0;
    CLI_TRY(cli_messages_read_of(env, status, &asked, err));
    CLI_TRY(cihsm_client_count(client, CLI_MESSAGE_SET, &asked.typed.query, &count, err));
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Status", status, err));
    CLI_TRY(cihsm_value_set_number(row, "Count", (double)count, err));
    return cihsm_value_append(rows, &row, err);
}

static bool is_wanted(const cli_env *env, const char *status)
{
    for (size_t i = 0; i < cli_times(env, "status"); i++) {
        if (strcasecmp(cli_value_at(env, "status", i), status) == 0) {
            return true;
        }
    }
    return !cli_has(env, "status");
}

static cihsm_status count_by_status(const cli_env *env, cihsm_client *client, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    const char *status = NULL;
    if (rows == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; (status = cihsm_message_status(i)) != NULL; i++) {
        if (is_wanted(env, status)) {
            CLI_TRY(count_status(env, client, status, rows, err));
        }
    }
    return cli_print_list(env, rows, "Status,Count", err);
}

static cihsm_status tally_entry(void *user, const cihsm_value *entry, cihsm_error *err)
{
    cli_progress_add(1, 0);
    return cihsm_message_tally_add(user, entry, err);
}

static cihsm_status count_by_flow(const cli_env *env, cihsm_client *client, cli_messages *asked,
                                  cihsm_error *err)
{
    CIHSM_AUTO(cihsm_message_tally_free) cihsm_message_tally *tally = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cihsm_message_tally_new(0, &tally, err));
    asked->typed.query.select = "IntegrationArtifact,LogEnd";
    cli_progress_begin("messages");
    CLI_TRY(cli_each_entry(client, CLI_MESSAGE_SET, &asked->typed.query, 0, tally_entry, tally,
                           NULL, err));
    cli_progress_end();
    CLI_TRY(cihsm_message_tally_flows(tally, &rows, err));
    return cli_print_list(env, rows, "Count,Last,Flow,Name", err);
}

static cihsm_status run_count(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_messages_free) cli_messages asked = {0};
    const char *by = cli_value(env, "by");
    const bool by_flow = by != NULL && strcmp(by, "flow") == 0;
    cli_format format;
    CLI_TRY(cli_messages_read(env, &asked, err));
    CLI_TRY(cli_output_format(env, &format, err));
    if (by != NULL && !by_flow && strcmp(by, "status") != 0) {
        return cli_fail(err, CIHSM_E_USAGE, "--by is status or flow, not \"%.40s\"", by);
    }
    if (by_flow && cli_messages_limit(&asked, COUNTED_MS)) {
        cli_note("of the last 24 hours: --last and --since choose another time");
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    return by_flow ? count_by_flow(env, client, &asked, err) : count_by_status(env, client, err);
}

const cli_command CMD_MESSAGE_COUNT = {
    .name = "message count",
    .summary = "count messages by status or by integration flow",
    .arguments = "",
    .example = "cihsm message count --by flow --status FAILED --last 7d",
    .options = COUNT_OPTIONS,
    .run = run_count,
};
