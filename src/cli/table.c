/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/color.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/screen.h"

enum {
    COLUMNS_MAX = 64,
    NAME_MAX_BYTES = 96,
    CELL_MAX = 1024,
    GAP = 2,           /* blanks between columns */
    SHRUNK_LEAST = 10, /* a column is not cut below this */
    NUMBER_MAX = 32
};

typedef struct column {
    char name[NAME_MAX_BYTES]; /* "IntegrationArtifact.Id" for a nested member */
    size_t width;              /* columns on the screen */
    bool is_present;           /* an entry has it */
    bool is_filled;            /* an entry has something in it */
    bool has_date;             /* an entry has one in it: half a date is worse than none */
    bool is_shown;
} column;

struct cli_table {
    column columns[COLUMNS_MAX];
    size_t count;
    size_t hidden;
};

/* Shown first where an entry has them, if the person did not choose. */
static const char *const FIRST[] = {"Pid",    "MessageGuid", "Id",     "Name",
                                    "Alias",  "LogEnd",      "Status", "IntegrationFlowName",
                                    "Version"};

void cli_table_free(cli_table **table)
{
    if (*table != NULL) {
        free(*table);
        *table = NULL;
    }
}

size_t cli_table_hidden(const cli_table *table)
{
    return table->hidden;
}

/* The text of a scalar; a count for what is none. Borrowed from the value or from number. */
static const char *cell_text(const cihsm_value *value, char number[NUMBER_MAX])
{
    double n = 0;
    switch (cihsm_value_kind(value)) {
    case CIHSM_VALUE_STRING:
        return cihsm_value_string(value);
    case CIHSM_VALUE_BOOL:
        return cihsm_value_is_true(value) ? "true" : "false";
    case CIHSM_VALUE_NUMBER:
        (void)cihsm_value_number(value, &n);
        snprintf(number, NUMBER_MAX, "%.15g", n);
        return number;
    case CIHSM_VALUE_ARRAY:
        snprintf(number, NUMBER_MAX, "[%zu]", cihsm_value_count(value));
        return number;
    case CIHSM_VALUE_OBJECT:
        snprintf(number, NUMBER_MAX, "{%zu}", cihsm_value_count(value));
        return number;
    case CIHSM_VALUE_NULL:
        break;
    }
    return "";
}

static void add_column(cli_table *table, const char *name)
{
    if (table->count == COLUMNS_MAX) {
        table->hidden++;
        return;
    }
    column *added = &table->columns[table->count++];
    snprintf(added->name, sizeof added->name, "%s", name);
    added->width = screen_columns(added->name);
}

/* As tidied entries have them: "2026-10-31T12:00:00Z". */
static bool is_date(const char *text)
{
    static const char FORM[] = "0000-00-00T00:00";
    size_t at = 0;
    while (FORM[at] != '\0' &&
           (FORM[at] == '0' ? isdigit((unsigned char)text[at]) != 0 : text[at] == FORM[at])) {
        at++;
    }
    return FORM[at] == '\0';
}

static void measure(cli_table *table, const cihsm_value *entry)
{
    for (size_t i = 0; i < table->count; i++) {
        column *of = &table->columns[i];
        const cihsm_value *value = cihsm_value_at(entry, of->name);
        char number[NUMBER_MAX];
        const char *text = cell_text(value, number);
        const size_t width = screen_columns(text);
        of->width = width > of->width ? width : of->width;
        of->is_filled = of->is_filled || text[0] != '\0';
        of->has_date = of->has_date || is_date(text);
        of->is_present = of->is_present || value != NULL;
    }
}

/* Puts the column of that name at place @p to. */
static void move_column(cli_table *table, const char *name, size_t *to)
{
    for (size_t i = *to; i < table->count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            const column moved = table->columns[i];
            memmove(&table->columns[*to + 1], &table->columns[*to],
                    (i - *to) * sizeof table->columns[0]);
            table->columns[(*to)++] = moved;
            return;
        }
    }
}

static void order_by_rank(cli_table *table)
{
    size_t to = 0;
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) {
        move_column(table, FIRST[i], &to);
    }
}

/* Names that no entry has are the person's own: then they are shown all the same. */
static bool is_any_present(const cli_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->columns[i].is_present) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const column *of, cli_table_choice choice)
{
    return of->is_filled || choice == CLI_TABLE_ALL ||
           (choice == CLI_TABLE_PRESENT && of->is_present);
}

/* The last column may use what is left of the line. */
static void widen_last(cli_table *table, size_t left)
{
    for (size_t i = table->count; i > 0; i--) {
        if (table->columns[i - 1].is_shown) {
            table->columns[i - 1].width += left;
            return;
        }
    }
}

/* Takes columns from the left while they fit; the first that does not is cut if enough is left,
 * unless there are dates in it. */
static void fit(cli_table *table, cli_table_choice choice, size_t limit)
{
    size_t used = 0;
    for (size_t i = 0; i < table->count; i++) {
        column *of = &table->columns[i];
        if (!is_wanted(of, choice)) {
            continue;
        }
        const size_t gap = used == 0 ? 0 : GAP;
        const size_t left = limit > used + gap ? limit - used - gap : 0;
        const bool may_be_cut = used == 0 || (left >= SHRUNK_LEAST && !of->has_date);
        if (of->width <= left || may_be_cut) {
            of->width = of->width <= left ? of->width : left;
            of->is_shown = true;
            used += gap + of->width;
        } else {
            table->hidden++;
            used = limit; /* nothing narrower slips in behind: the order stays */
        }
    }
    widen_last(table, limit > used ? limit - used : 0);
}

cihsm_status cli_table_new(const cihsm_value *names, const cihsm_value *entries,
                           cli_table_choice choice, cli_table **out, cihsm_error *err)
{
    CIHSM_AUTO(cli_table_free) cli_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (const cihsm_value *n = cihsm_value_first(names); n != NULL; n = cihsm_value_next(n)) {
        add_column(table, cihsm_value_string(n));
    }
    for (const cihsm_value *e = cihsm_value_first(entries); e != NULL; e = cihsm_value_next(e)) {
        measure(table, e);
    }
    if (choice == CLI_TABLE_FILLED) {
        order_by_rank(table);
    }
    fit(table, is_any_present(table) ? choice : CLI_TABLE_ALL, screen_width(STDOUT_FILENO));
    *out = CIHSM_MOVE(table);
    return CIHSM_OK;
}

static cihsm_status put_toned(const char *text, cli_tone tone, cihsm_error *err)
{
    const char *begin = cli_color_begin(stdout, tone);
    const char *end = cli_color_end(stdout, tone);
    CLI_TRY(cli_print_bytes(begin, strlen(begin), err));
    CLI_TRY(cli_print_bytes(text, strlen(text), err));
    return cli_print_bytes(end, strlen(end), err);
}

/* A cell, filled up with blanks unless it is the last of its line. */
static cihsm_status put_cell(const char *text, cli_tone tone, size_t width, bool is_last,
                             cihsm_error *err)
{
    char cell[CELL_MAX];
    const size_t used = screen_copy(cell, sizeof cell, text, width);
    CLI_TRY(put_toned(cell, tone, err));
    static const char BLANKS[] = "                                ";
    for (size_t left = is_last ? 0 : width + GAP - used; left > 0;) {
        const size_t some = left < sizeof BLANKS - 1 ? left : sizeof BLANKS - 1;
        CLI_TRY(cli_print_bytes(BLANKS, some, err));
        left -= some;
    }
    return CIHSM_OK;
}

static cihsm_status put_row(const cli_table *table, const cihsm_value *entry, cihsm_error *err)
{
    size_t last = 0;
    for (size_t i = 0; i < table->count; i++) {
        last = table->columns[i].is_shown ? i : last;
    }
    for (size_t i = 0; i < table->count; i++) {
        const column *of = &table->columns[i];
        if (!of->is_shown) {
            continue;
        }
        char number[NUMBER_MAX];
        const char *text =
            entry == NULL ? of->name : cell_text(cihsm_value_at(entry, of->name), number);
        const cli_tone tone = entry == NULL ? CLI_HEADING : cli_color_of(text);
        CLI_TRY(put_cell(text, tone, of->width, i == last, err));
    }
    return cli_print_bytes("\n", 1, err);
}

cihsm_status cli_table_heading(const cli_table *table, cihsm_error *err)
{
    return put_row(table, NULL, err);
}

cihsm_status cli_table_row(const cli_table *table, const cihsm_value *entry, cihsm_error *err)
{
    return put_row(table, entry, err);
}

static size_t name_width(const cihsm_value *object, size_t before)
{
    size_t width = 0;
    for (const cihsm_value *m = cihsm_value_first(object); m != NULL; m = cihsm_value_next(m)) {
        const char *name = cihsm_value_name(m);
        const size_t own = before + (name == NULL ? 0 : screen_columns(name));
        const size_t below = name_width(m, name == NULL ? before : own + 1);
        const size_t widest = below > own ? below : own;
        width = widest > width ? widest : width;
    }
    return width;
}

static cihsm_status put_line(const char *name, const char *text, size_t width, cihsm_error *err)
{
    CLI_TRY(put_cell(name, CLI_PLAIN, width, *text == '\0', err));
    for (const char *from = text;;) {
        char piece[CELL_MAX];
        const size_t len = strcspn(from, "\n");
        const size_t take = screen_piece(from, len, CELL_MAX / 4);
        char raw[CELL_MAX];
        memcpy(raw, from, take);
        raw[take] = '\0';
        screen_copy(piece, sizeof piece, raw, sizeof piece);
        CLI_TRY(put_toned(piece, cli_color_of(text), err));
        from += take;
        if (*from == '\0') {
            return cli_print_bytes("\n", 1, err);
        }
        if (*from == '\n') { /* the value goes on below itself */
            from++;
            CLI_TRY(cli_print_bytes("\n", 1, err));
            CLI_TRY(put_cell("", CLI_PLAIN, width, false, err));
        }
    }
}

static cihsm_status put_members(const cihsm_value *object, const char *prefix, size_t width,
                                cihsm_error *err)
{
    for (const cihsm_value *m = cihsm_value_first(object); m != NULL; m = cihsm_value_next(m)) {
        char name[NAME_MAX_BYTES];
        const char *own = cihsm_value_name(m);
        const bool is_nested = cihsm_value_kind(m) == CIHSM_VALUE_OBJECT;
        const bool is_item = own == NULL;
        snprintf(name, sizeof name, "%s%s%s", prefix, is_item || prefix[0] == '\0' ? "" : ".",
                 is_item ? "" : own);
        if (is_nested || cihsm_value_kind(m) == CIHSM_VALUE_ARRAY) {
            CLI_TRY(put_members(m, name, width, err));
            continue;
        }
        char number[NUMBER_MAX];
        CLI_TRY(put_line(name, cell_text(m, number), width, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_table_print_object(const cihsm_value *object, cihsm_error *err)
{
    return put_members(object, "", name_width(object, 0), err);
}
