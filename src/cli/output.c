/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/fields.h"
#include "cli/report.h"
#include "cli/screen.h"
#include "cli/settings.h"
#include "cli/table.h"

enum { BUFFER_BYTES = 65536, PIECE_BYTES = 1024, INDENT_MAX = 128, TEXT_LEAST = 20 };

/* stdout is one for the process, and so is this. */
static char stdout_buffer[BUFFER_BYTES];
static const char *stdout_name = "standard output";
static size_t stdout_bytes;
static bool stdout_is_terminal;

cihsm_status cli_output_format(const cli_env *env, cli_format *out, cihsm_error *err)
{
    static const char *const NAMES[] = {
        [CLI_TABLE] = "table", [CLI_JSON] = "json", [CLI_JSONL] = "jsonl", [CLI_CSV] = "csv"};
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
    return cli_fail(err, CIHSM_E_USAGE, "output is table, json, jsonl or csv, not \"%.40s\"", name);
}

bool cli_is_json(cli_format format)
{
    return format == CLI_JSON || format == CLI_JSONL;
}

void cli_prepare_stdout(void)
{
    stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
    if (!stdout_is_terminal) {
        (void)setvbuf(stdout, stdout_buffer, _IOFBF, sizeof stdout_buffer);
    }
}

void cli_name_stdout(const char *name)
{
    stdout_name = name;
}

size_t cli_written(void)
{
    return stdout_bytes;
}

static cihsm_status stdout_failed(cihsm_error *err)
{
    const int number = errno;
    (void)cli_fail(err, CIHSM_E_IO, "cannot write to %s: %s", stdout_name, strerror(number));
    err->origin = CIHSM_FROM_SYSTEM;
    err->native = (unsigned long)number;
    return CIHSM_E_IO;
}

cihsm_status cli_write_stdout(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)user;
    stdout_bytes += len;
    return fwrite(bytes, 1, len, stdout) == len ? CIHSM_OK : stdout_failed(err);
}

static cihsm_status write_clean(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    while (len > 0) {
        char piece[PIECE_BYTES];
        const size_t take = screen_piece(bytes, len, sizeof piece - 1);
        memcpy(piece, bytes, take);
        piece[take] = '\0';
        screen_clean(piece);
        CLI_TRY(cli_write_stdout(user, piece, strlen(piece), err));
        bytes += take;
        len -= take;
    }
    return CIHSM_OK;
}

cihsm_write_fn cli_csv_writer(void)
{
    return stdout_is_terminal ? write_clean : cli_write_stdout;
}

cihsm_status cli_flush_stdout(cihsm_error *err)
{
    return fflush(stdout) == 0 ? CIHSM_OK : stdout_failed(err);
}

void cli_drop_stdout(void)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        (void)dup2(nowhere, STDOUT_FILENO);
        close(nowhere);
    }
}

cihsm_status cli_print_bytes(const char *bytes, size_t len, cihsm_error *err)
{
    return cli_write_stdout(NULL, bytes, len, err);
}

cihsm_status cli_print_text(const char *text, size_t column, cihsm_error *err)
{
    const size_t width = screen_width(STDOUT_FILENO);
    if (!stdout_is_terminal || width < column + TEXT_LEAST) {
        CLI_TRY(cli_print_bytes(text, strlen(text), err));
        return cli_print_bytes("\n", 1, err);
    }
    for (bool is_first = true; is_first || *text != '\0'; is_first = false) {
        char blanks[INDENT_MAX];
        const int indent = snprintf(blanks, sizeof blanks, "%*s", is_first ? 0 : (int)column, "");
        const size_t len = screen_line(text, width - column);
        CLI_TRY(cli_print_bytes(blanks, (size_t)indent, err));
        CLI_TRY(cli_print_bytes(text, len, err));
        CLI_TRY(cli_print_bytes("\n", 1, err));
        text += len + strspn(text + len, " ");
    }
    return CIHSM_OK;
}

/* @p names: the columns; NULL: by the object. */
static cihsm_status print_csv(const cihsm_value *object, const cihsm_value *names, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *own = NULL;
    if (names == NULL) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(object);
        if (rows == NULL || row == NULL) {
            return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
        }
        CLI_TRY(cihsm_value_append(rows, &row, err));
        CLI_TRY(cihsm_csv_columns(rows, NULL, false, &own, err));
        names = own;
    }
    CLI_TRY(cihsm_csv_heading(names, cli_csv_writer(), NULL, err));
    return cihsm_csv_row(names, object, NULL, cli_csv_writer(), NULL, err);
}

cihsm_status cli_print_object(const cli_env *env, const cihsm_value *object, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *taken = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_fields_split(cli_value(env, "fields"), &names, err));
    if (format == CLI_CSV) {
        return print_csv(object, names, err);
    }
    if (names != NULL) {
        CLI_TRY(cli_fields_take(names, object, &taken, err));
        object = taken;
    }
    if (format == CLI_TABLE) {
        return cli_table_print_object(object, err);
    }
    CLI_TRY(cihsm_value_write(object, format == CLI_JSON ? 2 : 0, cli_write_stdout, NULL, err));
    return cli_print_bytes("\n", 1, err);
}
