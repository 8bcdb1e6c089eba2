/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message tail: shows messages as they end.
 *
 * The tenant is asked for what ended in a window of time that goes on with its own clock, as far as
 * the entries tell it: the windows overlap, because an entry may appear some time after its LogEnd.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/list.h"
#include "cli/message_list.h"
#include "cli/message_options.h"
#include "cli/message_seen.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/signals.h"

enum { LINES = 10, LINES_MAX = 1000, INTERVAL_MS = 5000, LATE_MS = 120 * 1000 };

/* Before any log: a window from then on leaves out the messages without an end. */
static const int64_t FIRST_MS = INT64_C(946684800000); /* 2000-01-01 */

static const cli_option OPTIONS[] = {
    CLI_MESSAGE_STATUS_OPTION,
    CLI_MESSAGE_PLACE_OPTIONS,
    {"lines", "N", "begin with the N latest messages (10)", 0},
    {"since", "TIME", "begin with what ended since then: 2026-03-01T14:30 (UTC), or 2h ago", 0},
    {"last", "SPAN", "begin with what ended in the last 90s, 30m, 2h", 0},
    {"interval", "SPAN", "time between two requests (5s)", 0},
    {"fields", "NAMES", "print only these members: MessageGuid,IntegrationArtifact.Name", 0},
    {0},
};

typedef struct tail {
    cihsm_client *client;
    cli_messages asked;
    cli_list list;
    message_seen seen;
    int64_t server_ms; /* it is at least so late at the tenant */
    int64_t quiet_ms;  /* what ended until then is not shown */
    int64_t asked_ms;  /* our own steady clock, when it was asked last */
    bool is_failing;
} tail;

/* --- times ------------------------------------------------------------------------------- */

static int64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void note_end(tail *of, const cihsm_value *entry, int64_t *out_ms)
{
    const char *end = cihsm_value_get_string(entry, "LogEnd");
    *out_ms = INT64_MAX;
    if (end != NULL && cihsm_time_read_date(end, out_ms, NULL) == CIHSM_OK &&
        *out_ms > of->server_ms) {
        of->server_ms = *out_ms;
    }
}

/* --- the beginning ----------------------------------------------------------------------- */

static cihsm_status keep(void *user, const cihsm_value *entry, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(entry);
    return copy == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory")
                        : cihsm_value_append(user, &copy, err);
}

/* The latest messages, the latest first. */
static cihsm_status read_latest(tail *of, const cihsm_query *conditions, int64_t count,
                                cihsm_value **out, cihsm_error *err)
{
    const cihsm_window ended = {.since_ms = FIRST_MS, .until_ms = CIHSM_TIME_MAX};
    cihsm_query query = *conditions;
    query.window = &ended;
    query.orderby = "LogEnd desc";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    if (found == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cli_each_entry(of->client, CLI_MESSAGE_SET, &query, count, keep, found, NULL, err));
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

static cihsm_status print_reversed(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    const cihsm_value *rows[LINES_MAX];
    size_t count = 0;
    for (; entry != NULL && count < LINES_MAX; entry = cihsm_value_next(entry)) {
        rows[count++] = entry;
    }
    while (count > 0) {
        CLI_TRY(cli_list_add_one(list, rows[--count], err));
    }
    return cli_list_flush(list, err);
}

/* The time at the tenant, by the latest message of all; ours, if there is none. */
static cihsm_status read_clock(tail *of, cihsm_error *err)
{
    static const cihsm_query ALL = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *latest = NULL;
    int64_t end_ms = 0;
    CLI_TRY(read_latest(of, &ALL, 1, &latest, err));
    of->server_ms = 0;
    note_end(of, cihsm_value_first(latest), &end_ms);
    of->server_ms = of->server_ms == 0 ? (int64_t)time(NULL) * 1000 : of->server_ms;
    return CIHSM_OK;
}

static cihsm_status begin(tail *of, long lines, cihsm_error *err)
{
    const cihsm_window *window = of->asked.typed.query.window;
    of->asked_ms = steady_ms();
    if (window != NULL) {
        of->server_ms = window->since_ms + LATE_MS;
        of->quiet_ms = INT64_MIN;
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *latest = NULL;
    CLI_TRY(read_clock(of, err));
    if (lines > 0) {
        int64_t end_ms = 0;
        CLI_TRY(read_latest(of, &of->asked.typed.query, lines, &latest, err));
        note_end(of, cihsm_value_first(latest), &end_ms);
        CLI_TRY(print_reversed(&of->list, cihsm_value_first(latest), err));
    }
    of->quiet_ms = of->server_ms;
    return CIHSM_OK;
}

/* --- going on ---------------------------------------------------------------------------- */

static cihsm_status take_entry(void *user, const cihsm_value *entry, cihsm_error *err)
{
    tail *of = user;
    int64_t end_ms = 0;
    bool is_new = false;
    note_end(of, entry, &end_ms);
    CLI_TRY(message_seen_note(&of->seen, entry, &is_new, err));
    const char *status = cihsm_value_get_string(entry, "Status");
    const bool is_running = status != NULL && strcmp(status, "PROCESSING") == 0;
    return is_new && !is_running && end_ms > of->quiet_ms ? cli_list_add_one(&of->list, entry, err)
                                                          : CIHSM_OK;
}

/* Asks once for what ended since a while before the last time. */
static cihsm_status ask(tail *of, cihsm_error *err)
{
    cihsm_window window = CIHSM_WINDOW_INIT;
    cihsm_query query = of->asked.typed.query;
    const int64_t now_ms = steady_ms();
    window.since_ms = of->server_ms - LATE_MS;
    query.window = &window;
    query.orderby = "LogEnd";
    of->server_ms += now_ms - of->asked_ms;
    of->asked_ms = now_ms;
    const cihsm_status status =
        cli_each_entry(of->client, CLI_MESSAGE_SET, &query, 0, take_entry, of, NULL, err);
    CLI_TRY(message_seen_end(&of->seen, status == CIHSM_OK, err));
    CLI_TRY(status);
    of->quiet_ms = INT64_MIN;
    return CIHSM_OK;
}

static bool may_pass(cihsm_status status)
{
    return status == CIHSM_E_NETWORK || status == CIHSM_E_TIMEOUT || status == CIHSM_E_BUSY ||
           status == CIHSM_E_SERVER;
}

/* What may pass is told once, until it has passed. */
static cihsm_status ask_on(tail *of, cihsm_error *err)
{
    const int64_t server_ms = of->server_ms;
    cihsm_error why = {0};
    const cihsm_status status = ask(of, &why);
    CLI_TRY(cli_list_flush(&of->list, err));
    if (status != CIHSM_OK && !may_pass(status)) {
        *err = why;
        return status;
    }
    if (status != CIHSM_OK) {
        of->server_ms = server_ms; /* the next window begins where this one did */
        if (!of->is_failing) {
            cli_note("%s; asking again", why.message);
        }
    }
    of->is_failing = status != CIHSM_OK;
    return CIHSM_OK;
}

static cihsm_status follow(tail *of, int64_t interval_ms, cihsm_error *err)
{
    do {
        const cihsm_status status = ask_on(of, err);
        if (status != CIHSM_OK) {
            return status == CIHSM_E_CANCELED && cli_signals_caught() != 0 ? CIHSM_OK : status;
        }
    } while (cli_signals_wait_ms(interval_ms));
    return CIHSM_OK;
}

/* --- the command ------------------------------------------------------------------------- */

static cihsm_status read_interval(const cli_env *env, int64_t *out_ms, cihsm_error *err)
{
    const char *text = cli_value(env, "interval");
    cihsm_error why = {0};
    *out_ms = INTERVAL_MS;
    if (text != NULL && cihsm_span_read(text, out_ms, &why) != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_USAGE, "--interval: %s", why.message);
    }
    return CIHSM_OK;
}

static cihsm_status check_statuses(const cli_env *env, cihsm_error *err)
{
    for (size_t i = 0; i < cli_times(env, "status"); i++) {
        if (strcasecmp(cli_value_at(env, "status", i), "PROCESSING") == 0) {
            return cli_fail(err, CIHSM_E_USAGE,
                            "messages are shown when they end: \"cihsm message list --status "
                            "PROCESSING\" shows those that run");
        }
    }
    return CIHSM_OK;
}

static cihsm_status read_options(const cli_env *env, tail *of, long *lines, int64_t *interval_ms,
                                 cihsm_error *err)
{
    of->list = (cli_list){.columns = CLI_MESSAGE_COLUMNS, .fields = cli_value(env, "fields")};
    CLI_TRY(check_statuses(env, err));
    CLI_TRY(cli_messages_read(env, &of->asked, err));
    CLI_TRY(cli_number(env, "lines", 0, lines, err));
    CLI_TRY(read_interval(env, interval_ms, err));
    CLI_TRY(cli_output_format(env, &of->list.format, err));
    if (*lines > LINES_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "--lines takes at most %d: give --since or --last",
                        LINES_MAX);
    }
    return CIHSM_OK;
}

static void free_tail(tail *of)
{
    cli_messages_free(&of->asked);
    cli_list_free(&of->list);
    message_seen_free(&of->seen);
    cihsm_client_free(&of->client);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(free_tail) tail of = {0};
    long lines = LINES;
    int64_t interval_ms = 0;
    CLI_TRY(read_options(env, &of, &lines, &interval_ms, err));
    CLI_TRY(cli_open_client(env, &of.client, err));
    CLI_TRY(begin(&of, lines, err));
    CLI_TRY(follow(&of, interval_ms, err));
    env->has_exit_code = true;
    env->exit_code = 128 + cli_signals_caught();
    return of.list.format == CLI_TABLE ? cli_flush_stdout(err) : cli_list_end(&of.list, err);
}

const cli_command CMD_MESSAGE_TAIL = {
    .name = "message tail",
    .summary = "show messages as they end, until it is stopped",
    .arguments = "",
    .example = "cihsm message tail --status FAILED --status ESCALATED",
    .options = OPTIONS,
    .run = run,
};
