/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/batch_lines.h"

#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/report.h"

enum { CHANGE_SET_MAX = 1000000 };

/* What an operation points into. */
struct cli_batch_line {
    size_t number;
    cihsm_value *document;
    cihsm_parameter *parameters;
};

typedef struct text {
    char *bytes;
    size_t len;
} text;

static void text_wipe(text *of)
{
    cli_input_free(&of->bytes, of->len);
}

size_t cli_batch_line_number(const cli_batch_lines *of, size_t at)
{
    return of->lines[at].number;
}

cihsm_status cli_batch_line_fail(const cli_batch_lines *of, size_t at, const cihsm_error *why,
                                 cihsm_error *err)
{
    return cli_fail(err, why->status, "%.120s, line %zu: %s", of->name, of->lines[at].number,
                    why->message);
}

/* --- the members of a line ------------------------------------------------------------------- */

static cihsm_status check_names(const cihsm_value *document, cihsm_error *err)
{
    static const char *const NAMES[] = {"method", "path", "query", "body", "changeset"};
    if (cihsm_value_kind(document) != CIHSM_VALUE_OBJECT) {
        return cli_fail(err, CIHSM_E_USAGE, "an operation is a JSON object");
    }
    const cihsm_value *member = cihsm_value_first(document);
    for (; member != NULL; member = cihsm_value_next(member)) {
        size_t i = 0;
        while (i < sizeof NAMES / sizeof *NAMES &&
               strcmp(NAMES[i], cihsm_value_name(member)) != 0) {
            i++;
        }
        if (i == sizeof NAMES / sizeof *NAMES) {
            return cli_fail(err, CIHSM_E_USAGE,
                            "an operation has no member \"%.60s\", only method, path, query, body "
                            "and changeset",
                            cihsm_value_name(member));
        }
    }
    return CIHSM_OK;
}

static cihsm_status take_text(const cihsm_value *document, const char *name, const char **out,
                              cihsm_error *err)
{
    *out = cihsm_value_get_string(document, name);
    return *out != NULL && **out != '\0'
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE, "the operation needs a text as \"%s\"", name);
}

static cihsm_status take_change_set(const cihsm_value *document, size_t *out, cihsm_error *err)
{
    const cihsm_value *member = cihsm_value_get(document, "changeset");
    double number = 0;
    if (member == NULL) {
        return CIHSM_OK;
    }
    if (!cihsm_value_number(member, &number) || !(number >= 1 && number <= CHANGE_SET_MAX) ||
        number != (double)(size_t)number) {
        return cli_fail(err, CIHSM_E_USAGE, "\"changeset\" is a whole number from 1 to %d",
                        CHANGE_SET_MAX);
    }
    *out = (size_t)number;
    return CIHSM_OK;
}

static cihsm_status take_query(struct cli_batch_line *line, cihsm_request *to, cihsm_error *err)
{
    const cihsm_value *query = cihsm_value_get(line->document, "query");
    if (query == NULL) {
        return CIHSM_OK;
    }
    line->parameters = calloc(cihsm_value_count(query) + 1, sizeof *line->parameters);
    if (line->parameters == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const cihsm_value *member = cihsm_value_first(query);
    for (; member != NULL; member = cihsm_value_next(member)) {
        const char *value = cihsm_value_string(member);
        if (value == NULL || cihsm_value_name(member) == NULL) {
            break;
        }
        line->parameters[to->parameter_count++] =
            (cihsm_parameter){.name = cihsm_value_name(member), .value = value};
    }
    to->parameters = line->parameters;
    return member == NULL && cihsm_value_kind(query) == CIHSM_VALUE_OBJECT
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE,
                          "\"query\" is an object of texts, for example {\"user\":\"anna\"}");
}

static bool is_one_of(const char *method, const char *first, const char *second, const char *third)
{
    return strcmp(method, first) == 0 || strcmp(method, second) == 0 || strcmp(method, third) == 0;
}

static cihsm_status take_body(const cihsm_value *document, cihsm_request *to, cihsm_error *err)
{
    to->value = cihsm_value_get(document, "body");
    if (to->value == NULL) {
        return is_one_of(to->method, "PUT", "PATCH", "MERGE")
                   ? cli_fail(err, CIHSM_E_USAGE, "%.20s needs a \"body\"", to->method)
                   : CIHSM_OK;
    }
    if (is_one_of(to->method, "GET", "DELETE", "")) {
        return cli_fail(err, CIHSM_E_USAGE, "%.20s has no \"body\"", to->method);
    }
    return cihsm_value_kind(to->value) == CIHSM_VALUE_OBJECT
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE, "\"body\" is one JSON object");
}

static cihsm_status read_line(const char *bytes, size_t len, struct cli_batch_line *line,
                              cihsm_operation *out, cihsm_error *err)
{
    cihsm_request *request = &out->request;
    CLI_TRY(cihsm_value_parse(bytes, len, &line->document, err));
    CLI_TRY(check_names(line->document, err));
    CLI_TRY(take_text(line->document, "method", &request->method, err));
    CLI_TRY(take_text(line->document, "path", &request->path, err));
    CLI_TRY(take_change_set(line->document, &out->change_set, err));
    CLI_TRY(take_query(line, request, err));
    CLI_TRY(take_body(line->document, request, err));
    return cihsm_request_check(request, err);
}

/* --- the lines ------------------------------------------------------------------------------- */

static cihsm_status add(cli_batch_lines *to, size_t number, bool is_unchecked, cihsm_error *err)
{
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 64 : to->room * 2;
        cihsm_operation *operations = realloc(to->operations, room * sizeof *operations);
        to->operations = operations == NULL ? to->operations : operations;
        struct cli_batch_line *lines = realloc(to->lines, room * sizeof *lines);
        to->lines = lines == NULL ? to->lines : lines;
        if (operations == NULL || lines == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        to->room = room;
    }
    to->operations[to->count] = (cihsm_operation){.request = {.is_unchecked = is_unchecked}};
    to->lines[to->count++] = (struct cli_batch_line){.number = number};
    return CIHSM_OK;
}

/* Also where the two places would be sent in different batches. */
static cihsm_status check_side_by_side(const cli_batch_lines *of, cihsm_error *err)
{
    const size_t last = of->count - 1;
    const size_t set = of->operations[last].change_set;
    if (set == 0 || last == 0 || of->operations[last - 1].change_set == set) {
        return CIHSM_OK;
    }
    for (size_t i = 0; i < last; i++) {
        if (of->operations[i].change_set == set) {
            return cli_fail(err, CIHSM_E_USAGE,
                            "change set %zu has ended before: its operations stand side by side",
                            set);
        }
    }
    return CIHSM_OK;
}

static bool is_blank(const char *bytes, size_t len)
{
    size_t i = 0;
    while (i < len && strchr(" \t\r", bytes[i]) != NULL && bytes[i] != '\0') {
        i++;
    }
    return i == len;
}

static cihsm_status add_line(cli_batch_lines *to, size_t number, const char *bytes, size_t len,
                             bool is_unchecked, cihsm_error *err)
{
    if (is_blank(bytes, len)) {
        return CIHSM_OK;
    }
    CLI_TRY(add(to, number, is_unchecked, err));
    const size_t at = to->count - 1;
    cihsm_error why = {0};
    if (read_line(bytes, len, &to->lines[at], &to->operations[at], &why) != CIHSM_OK ||
        check_side_by_side(to, &why) != CIHSM_OK) {
        why.status = why.status == CIHSM_E_PROTOCOL ? CIHSM_E_USAGE : why.status; /* no JSON */
        return cli_batch_line_fail(to, at, &why, err);
    }
    return CIHSM_OK;
}

cihsm_status cli_batch_lines_read(const char *path, bool is_unchecked, cli_batch_lines *out,
                                  cihsm_error *err)
{
    CIHSM_AUTO(text_wipe) text all = {0};
    out->name = strcmp(path, "-") == 0 ? "standard input" : path;
    CLI_TRY(cli_input_read(path, &all.bytes, &all.len, err));
    const char *at = all.bytes;
    const char *end = all.bytes + all.len;
    for (size_t number = 1; at < end; number++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = feed == NULL ? end : feed;
        CLI_TRY(add_line(out, number, at, (size_t)(line_end - at), is_unchecked, err));
        at = feed == NULL ? end : feed + 1;
    }
    return out->count > 0 ? CIHSM_OK
                          : cli_fail(err, CIHSM_E_USAGE, "%.200s holds no operation", out->name);
}

void cli_batch_lines_free(cli_batch_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        cihsm_value_free_wiped(&lines->lines[i].document);
        free(lines->lines[i].parameters);
    }
    free(lines->operations);
    free(lines->lines);
}
