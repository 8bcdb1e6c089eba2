/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include "cli/fields.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/table.h"

enum { WAITING_MAX = 100, SEEN_MAX = 64 };

static bool has_columns(const cli_list *list)
{
    return list->format == CLI_TABLE || list->format == CLI_CSV;
}

static cihsm_status choose_columns(cli_list *list, cihsm_error *err)
{
    if (list->fields != NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = NULL;
    CLI_TRY(cli_fields_split(list->columns, &wanted, err));
    if (wanted == NULL && list->format == CLI_CSV && list->path != NULL) {
        CLI_TRY(cihsm_catalogue_properties(list->path, &wanted, err));
    }
    const bool only = list->format == CLI_TABLE && wanted != NULL;
    return cihsm_csv_columns(list->first, wanted, only, &list->names, err);
}

static cihsm_status put_heading(cli_list *list, cihsm_error *err)
{
    if (list->format == CLI_CSV) {
        return cihsm_value_first(list->names) == NULL
                   ? CIHSM_OK
                   : cihsm_csv_heading(list->names, cli_csv_writer(), NULL, err);
    }
    if (list->waiting == 0) {
        return CIHSM_OK;
    }
    const cli_table_choice choice = list->fields != NULL    ? CLI_TABLE_ALL
                                    : list->columns != NULL ? CLI_TABLE_PRESENT
                                                            : CLI_TABLE_FILLED;
    CLI_TRY(cli_table_new(list->names, list->first, choice, &list->table, err));
    return cli_table_heading(list->table, err);
}

static cihsm_status put_json(const cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    if (list->format == CLI_JSONL) {
        CLI_TRY(cihsm_value_write(entry, 0, cli_write_stdout, NULL, err));
        return cli_print_bytes("\n", 1, err);
    }
    CLI_TRY(cli_print_bytes(list->printed == 0 ? "[\n" : ",\n", 2, err));
    return cihsm_value_write(entry, 2, cli_write_stdout, NULL, err);
}

static cihsm_status put_fields(const cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *taken = NULL;
    CLI_TRY(cli_fields_take(list->names, entry, &taken, err));
    return put_json(list, taken, err);
}

static cihsm_status put_row(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    if (list->format == CLI_TABLE) {
        return cli_table_row(list->table, entry, err);
    }
    size_t left_out = 0;
    CLI_TRY(cihsm_csv_row(list->names, entry, &left_out, cli_csv_writer(), NULL, err));
    list->incomplete += left_out > 0 && list->fields == NULL;
    return CIHSM_OK;
}

/* Chooses the columns and prints what waited for that. */
static cihsm_status start_rows(cli_list *list, cihsm_error *err)
{
    list->is_started = true;
    CLI_TRY(choose_columns(list, err));
    CLI_TRY(put_heading(list, err));
    const cihsm_value *entry = cihsm_value_first(list->first);
    for (; entry != NULL; entry = cihsm_value_next(entry)) {
        CLI_TRY(put_row(list, entry, err));
    }
    cihsm_value_free(&list->first);
    return CIHSM_OK;
}

static cihsm_status keep(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    if (list->first == NULL) {
        list->first = cihsm_value_new_array();
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(entry);
    if (list->first == NULL || copy == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_append(list->first, &copy, err));
    list->waiting++;
    return list->waiting == WAITING_MAX ? start_rows(list, err) : CIHSM_OK;
}

static void note_seen(cli_list *list, const cihsm_value *entry)
{
    const cihsm_value *name = cihsm_value_first(list->names);
    for (size_t i = 0; i < SEEN_MAX && name != NULL; i++, name = cihsm_value_next(name)) {
        const uint64_t bit = (uint64_t)1 << i;
        if ((list->seen & bit) == 0 && cihsm_value_at(entry, cihsm_value_string(name)) != NULL) {
            list->seen |= bit;
        }
    }
}

static cihsm_status put_entry(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    if (has_columns(list)) {
        return list->is_started ? put_row(list, entry, err) : keep(list, entry, err);
    }
    return list->fields != NULL ? put_fields(list, entry, err) : put_json(list, entry, err);
}

static cihsm_status read_fields(cli_list *list, cihsm_error *err)
{
    return list->names != NULL ? CIHSM_OK : cli_fields_split(list->fields, &list->names, err);
}

cihsm_status cli_list_add_one(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    const size_t before = cli_written();
    if (list->fields != NULL) {
        CLI_TRY(read_fields(list, err));
        note_seen(list, entry);
    }
    CLI_TRY(put_entry(list, entry, err));
    list->printed++;
    cli_progress_add(1, cli_written() - before);
    return CIHSM_OK;
}

cihsm_status cli_list_add(cli_list *list, const cihsm_value *entries, cihsm_error *err)
{
    for (const cihsm_value *entry = cihsm_value_first(entries); entry != NULL;
         entry = cihsm_value_next(entry)) {
        CLI_TRY(cli_list_add_one(list, entry, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_list_flush(cli_list *list, cihsm_error *err)
{
    if (list->waiting > 0 && !list->is_started) {
        CLI_TRY(start_rows(list, err));
    }
    return cli_flush_stdout(err);
}

static void note_missing_fields(const cli_list *list)
{
    const cihsm_value *name = cihsm_value_first(list->names);
    for (size_t i = 0; i < SEEN_MAX && name != NULL; i++, name = cihsm_value_next(name)) {
        if ((list->seen & (uint64_t)1 << i) == 0) {
            cli_note("no entry has \"%.80s\"", cihsm_value_string(name));
        }
    }
}

static void note_not_shown(const cli_list *list)
{
    if (list->format == CLI_TABLE && list->printed == 0) {
        cli_note("no entries");
    }
    const size_t hidden = list->table == NULL ? 0 : cli_table_hidden(list->table);
    if (hidden > 0) {
        cli_note("%zu more column%s not fit: -o json shows all%s", hidden,
                 hidden == 1 ? " does" : "s do",
                 list->is_selectable ? ", --select and --fields choose" : "");
    }
    if (list->incomplete > 0) {
        cli_note("%zu of %zu entries have members without a column, which the first entries did "
                 "not have: name them with --fields, or use -o jsonl",
                 list->incomplete, list->printed);
    }
    if (list->fields != NULL && list->printed > 0) {
        note_missing_fields(list);
    }
}

cihsm_status cli_list_end(cli_list *list, cihsm_error *err)
{
    if (list->format == CLI_JSON) {
        CLI_TRY(cli_print_bytes(list->printed == 0 ? "[]\n" : "\n]\n", 3, err));
    }
    CLI_TRY(read_fields(list, err));
    if (has_columns(list) && !list->is_started) {
        CLI_TRY(start_rows(list, err));
    }
    CLI_TRY(cli_flush_stdout(err));
    note_not_shown(list);
    return CIHSM_OK;
}

void cli_list_free(cli_list *list)
{
    cihsm_value_free(&list->names);
    cihsm_value_free(&list->first);
    cli_table_free(&list->table);
}

cihsm_status cli_print_list(const cli_env *env, const cihsm_value *entries, const char *columns,
                            cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = columns};
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cli_list_add(&list, entries, err));
    return cli_list_end(&list, err);
}

cihsm_status cli_print_result(const cli_env *env, cihsm_result *result, const char *columns,
                              const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = columns, .path = path};
    CLI_TRY(cli_output_format(env, &list.format, err));
    for (;;) {
        const cihsm_value *entry = NULL;
        CLI_TRY(cihsm_result_next_entry(result, &entry, err));
        if (entry == NULL) {
            return cli_list_end(&list, err);
        }
        CLI_TRY(cli_list_add_one(&list, entry, err));
    }
}
