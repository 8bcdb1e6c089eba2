/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/settings.h"
#include "cli/table.h"

cihsm_status cli_output_format(const cli_env *env, cli_format *out, cihsm_error *err)
{
    static const char *const NAMES[] = {
        [CLI_TABLE] = "table", [CLI_JSON] = "json", [CLI_JSONL] = "jsonl"};
    const char *name = cli_setting(env, "output");
    *out = CLI_TABLE;
    if (name == NULL) {
        return CIHSM_OK;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *out = (cli_format)i;
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_USAGE, "output is table, json or jsonl, not \"%.40s\"", name);
}

static cihsm_status stdout_failed(cihsm_error *err)
{
    const int number = errno;
    (void)cli_fail(err, CIHSM_E_IO, "cannot write to standard output: %s", strerror(number));
    err->origin = CIHSM_FROM_SYSTEM;
    err->native = (unsigned long)number;
    return CIHSM_E_IO;
}

cihsm_status cli_write_stdout(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)user;
    return fwrite(bytes, 1, len, stdout) == len ? CIHSM_OK : stdout_failed(err);
}

cihsm_status cli_flush_stdout(cihsm_error *err)
{
    return fflush(stdout) == 0 ? CIHSM_OK : stdout_failed(err);
}

cihsm_status cli_print_bytes(const char *bytes, size_t len, cihsm_error *err)
{
    return cli_write_stdout(NULL, bytes, len, err);
}

static cihsm_status put(const char *text, cihsm_error *err)
{
    return cli_write_stdout(NULL, text, strlen(text), err);
}

static cihsm_status add_json(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    CLI_TRY(put(list->printed == 0 ? "[\n" : ",\n", err));
    return cihsm_value_write(entry, 2, cli_write_stdout, NULL, err);
}

static cihsm_status add_jsonl(const cihsm_value *entry, cihsm_error *err)
{
    CLI_TRY(cihsm_value_write(entry, 0, cli_write_stdout, NULL, err));
    return put("\n", err);
}

cihsm_status cli_list_add_one(cli_list *list, const cihsm_value *entry, cihsm_error *err)
{
    CLI_TRY(list->format == CLI_JSON ? add_json(list, entry, err) : add_jsonl(entry, err));
    list->printed++;
    return CIHSM_OK;
}

cihsm_status cli_list_add(cli_list *list, const cihsm_value *entries, cihsm_error *err)
{
    if (list->format == CLI_TABLE) {
        if (list->table == NULL) {
            CLI_TRY(cli_table_new(entries, list->columns, &list->table, err));
        }
        list->printed += cihsm_value_count(entries);
        return cli_table_print(list->table, entries, err);
    }
    for (const cihsm_value *entry = cihsm_value_first(entries); entry != NULL;
         entry = cihsm_value_next(entry)) {
        CLI_TRY(cli_list_add_one(list, entry, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_list_end(cli_list *list, cihsm_error *err)
{
    if (list->format == CLI_JSON) {
        return put(list->printed == 0 ? "[]\n" : "\n]\n", err);
    }
    if (list->format == CLI_TABLE && list->printed == 0) {
        cli_note("no entries");
    }
    CLI_TRY(cli_flush_stdout(err));
    const size_t hidden = list->table == NULL ? 0 : cli_table_hidden(list->table);
    if (hidden > 0) {
        cli_note("%zu more column%s not fit: -o json shows all%s", hidden,
                 hidden == 1 ? " does" : "s do", list->is_selectable ? ", --select chooses" : "");
    }
    return CIHSM_OK;
}

void cli_list_free(cli_list *list)
{
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

cihsm_status cli_print_object(const cli_env *env, const cihsm_value *object, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format == CLI_TABLE) {
        return cli_table_print_object(object, err);
    }
    CLI_TRY(cihsm_value_write(object, format == CLI_JSON ? 2 : 0, cli_write_stdout, NULL, err));
    return put("\n", err);
}
