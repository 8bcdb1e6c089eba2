/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm get: reads what a path of the API names.
 */
#include <string.h>
#include <unistd.h>

#include "cli/fields.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/query_options.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { PAGE_MAX = 1000 }; /* entries that a server gives at once */

static const cli_option OPTIONS[] = {
    CLI_SELECTION_OPTIONS,
    CLI_SHAPE_OPTIONS,
    {"fields", "NAMES", "print only these members, in this order: Id,IntegrationArtifact.Name", 0},
    {"all", NULL, "follow all pages of the server", 0},
    {"limit", "N", "follow the pages until there are N entries", 0},
    {"page-size", "N", "ask for all pages by $top and $skip, N entries each", 0},
    {"raw", NULL, "print the answer as the server sent it", 0},
    {0},
};

static bool follows_pages(const cli_env *env)
{
    return cli_has(env, "all") || cli_has(env, "limit") || cli_has(env, "page-size");
}

/* With --all into a pipe the table gives way to JSON Lines, unless a format was chosen. */
static cihsm_status choose_format(const cli_env *env, cli_format *format, cihsm_error *err)
{
    CLI_TRY(cli_output_format(env, format, err));
    if (cli_setting(env, "output") == NULL && follows_pages(env) && !isatty(STDOUT_FILENO)) {
        *format = CLI_JSONL;
    }
    return CIHSM_OK;
}

static cihsm_status check_fields(const cli_env *env, cihsm_error *err)
{
    static const char *const LISTS[] = {"select", "fields"};
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
        CLI_TRY(cli_fields_split(cli_value(env, LISTS[i]), &names, err));
        CLI_TRY(cli_fields_hint(env->arguments[0], names, err));
    }
    return CIHSM_OK;
}

/* A limit that fits into a page is told to the server. */
static cihsm_status read_paging(const cli_env *env, cihsm_query *query, cihsm_stream_options *out,
                                cihsm_error *err)
{
    long limit = 0;
    long page_size = 0;
    CLI_TRY(cli_number(env, "limit", 1, &limit, err));
    CLI_TRY(cli_number(env, "page-size", 1, &page_size, err));
    if (cli_has(env, "raw") && (limit > 0 || page_size > 0)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--raw prints whole pages: give --top with it, not --limit or --page-size");
    }
    if (page_size > 0 && query->top >= 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--page-size asks by $top itself: give --limit instead of --top");
    }
    if (page_size == 0 && query->top < 0 && limit > 0 && limit <= PAGE_MAX) {
        query->top = limit;
    }
    *out = (cihsm_stream_options){.limit = limit, .page_size = page_size};
    return CIHSM_OK;
}

/* Entries that run over the screen tell enough themselves. */
static void begin_progress(const cli_env *env)
{
    if (!isatty(STDOUT_FILENO)) {
        cli_progress_begin(cli_has(env, "raw") ? "pages" : "entries");
    }
}

static cihsm_status print_page(cli_list *list, cihsm_result *result, cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = NULL;
        CLI_TRY(cihsm_result_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        CLI_TRY(cli_list_add_one(list, entry, err));
    }
}

static cihsm_status print_pages(const cli_env *env, cihsm_result *result, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free)
    cli_list list = {
        .columns = cli_value(env, "select"),
        .fields = cli_value(env, "fields"),
        .path = env->arguments[0],
        .is_selectable = true,
    };
    CLI_TRY(choose_format(env, &list.format, err));
    CLI_TRY(print_page(&list, result, err));
    while (follows_pages(env) && cihsm_result_has_more(result)) {
        CLI_TRY(cli_list_flush(&list, err));
        CLI_TRY(cihsm_result_next(result, err));
        CLI_TRY(print_page(&list, result, err));
    }
    cli_progress_end();
    CLI_TRY(cli_list_end(&list, err));
    if (cihsm_result_has_more(result)) {
        cli_note("the server has more than these %zu entries: use --all for the rest",
                 list.printed);
    }
    return CIHSM_OK;
}

/* --inlinecount: beside the entries, so that they stay what a reader expects. */
static void tell_total(const cli_env *env, const cihsm_result *result)
{
    const char *total = cihsm_result_count(result);
    if (total != NULL) {
        cli_note("%s entries in all", total);
    } else if (cli_has(env, "inlinecount")) {
        cli_note("the server does not tell how many entries there are in all");
    }
}

static cihsm_status print_collection(const cli_env *env, cihsm_result *result, cihsm_error *err)
{
    CLI_TRY(print_pages(env, result, err));
    tell_total(env, result);
    return CIHSM_OK;
}

/* --raw: pages follow each other as they came, each on its own. */
static cihsm_status print_raw(const cli_env *env, cihsm_result *result, cihsm_error *err)
{
    for (;;) {
        size_t len = 0;
        const char *bytes = cihsm_result_bytes(result, &len);
        CLI_TRY(cli_print_bytes(bytes, len, err));
        cli_progress_add(1, len);
        if (!cli_has(env, "all") || !cihsm_result_has_more(result)) {
            break;
        }
        CLI_TRY(cli_print_bytes("\n", 1, err));
        CLI_TRY(cli_flush_stdout(err));
        CLI_TRY(cihsm_result_next(result, err));
    }
    CLI_TRY(cli_flush_stdout(err));
    cli_progress_end();
    if (cihsm_result_has_more(result)) {
        cli_note("the server has more entries: use --all for the rest");
    }
    return CIHSM_OK;
}

/* Whether bytes are what was asked for. */
static bool is_bytes_path(const char *path)
{
    return strstr(path, "/$value") != NULL || strstr(path, "/$count") != NULL ||
           strstr(path, "$metadata") != NULL;
}

/* Some resources know no JSON: that is shown, but it neither has pages nor becomes another format.
 */
static cihsm_status check_body(const cli_env *env, const char *bytes, size_t len, cihsm_error *err)
{
    cli_format format;
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *json = NULL;
    CLI_TRY(choose_format(env, &format, err));
    const bool is_plain = format == CLI_TABLE && !follows_pages(env);
    if (is_plain || is_bytes_path(env->arguments[0]) ||
        (format == CLI_JSON && cihsm_value_parse(bytes, len, &json, &why) == CIHSM_OK)) {
        return CIHSM_OK;
    }
    return cli_fail(
        err, CIHSM_E_PROTOCOL,
        "the tenant's answer (%zu bytes) holds no entries that could be printed as such: "
        "look at it with --raw",
        len);
}

/* A count or a text gets its line end on a terminal, and only there. */
static cihsm_status print_body(const cli_env *env, const cihsm_result *result, cihsm_error *err)
{
    size_t len = 0;
    const char *bytes = cihsm_result_bytes(result, &len);
    CLI_TRY(check_body(env, bytes, len, err));
    CLI_TRY(cli_print_bytes(bytes, len, err));
    if (isatty(STDOUT_FILENO) && len > 0 && bytes[len - 1] != '\n') {
        CLI_TRY(cli_print_bytes("\n", 1, err));
    }
    return CIHSM_OK;
}

/* One page is read at once, so that nothing is printed of a broken one; many are printed while they
 * arrive. */
static cihsm_status open_result(const cli_env *env, cihsm_client *client, const cihsm_query *query,
                                const cihsm_stream_options *paging, cihsm_result **out,
                                cihsm_error *err)
{
    const char *path = env->arguments[0];
    if (cli_has(env, "raw") || !follows_pages(env)) {
        return cihsm_client_get(client, path, query, out, err);
    }
    return cihsm_client_stream(client, path, query, paging, out, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_query_free) cli_query typed = {0};
    cihsm_stream_options paging;
    cli_format format;
    CLI_TRY(cli_query_read(env, &typed, err));
    CLI_TRY(read_paging(env, &typed.query, &paging, err));
    CLI_TRY(choose_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(check_fields(env, err));
    CLI_TRY(cihsm_stream_check(env->arguments[0], &typed.query, &paging, err));

    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    begin_progress(env);
    CLI_TRY(open_result(env, client, &typed.query, &paging, &result, err));
    if (cli_has(env, "raw")) {
        return print_raw(env, result, err);
    }
    switch (cihsm_result_what(result)) {
    case CIHSM_RESULT_COLLECTION:
        return print_collection(env, result, err);
    case CIHSM_RESULT_ENTITY:
        return cli_print_object(env, cihsm_result_value(result), err);
    case CIHSM_RESULT_BYTES:
        return print_body(env, result, err);
    }
    return CIHSM_E_INTERNAL;
}

const cli_command CMD_GET = {
    .name = "get",
    .summary = "read an entity set, an entity, a property or a value",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm get MessageProcessingLogs --filter \"Status eq 'FAILED'\" --top 10",
    .options = OPTIONS,
    .run = run,
};
