/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help_json.h"

#include "cli/output.h"
#include "cli/report.h"

static cihsm_status new_value(cihsm_value *made, cihsm_value **out, cihsm_error *err)
{
    *out = made;
    return made == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

static cihsm_status set_text(cihsm_value *object, const char *name, const char *text,
                             cihsm_error *err)
{
    return text == NULL || text[0] == '\0' ? CIHSM_OK
                                           : cihsm_value_set_string(object, name, text, err);
}

static cihsm_status add_option(cihsm_value *options, const cli_option *option, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    const char letter[2] = {option->letter, '\0'};
    CLI_TRY(new_value(cihsm_value_new_object(), &row, err));
    CLI_TRY(set_text(row, "name", option->name, err));
    CLI_TRY(set_text(row, "argument", option->argument, err));
    CLI_TRY(set_text(row, "letter", letter, err));
    CLI_TRY(set_text(row, "help", option->help, err));
    return cihsm_value_append(options, &row, err);
}

static cihsm_status set_options(cihsm_value *object, const cli_option *rows, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *options = NULL;
    CLI_TRY(new_value(cihsm_value_new_array(), &options, err));
    for (; rows != NULL && rows->name != NULL; rows++) {
        CLI_TRY(add_option(options, rows, err));
    }
    return cihsm_value_set(object, "options", &options, err);
}

static cihsm_status add_command(cihsm_value *commands, const cli_command *command, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(new_value(cihsm_value_new_object(), &row, err));
    CLI_TRY(set_text(row, "name", command->name, err));
    CLI_TRY(set_text(row, "arguments", command->arguments, err));
    CLI_TRY(set_text(row, "summary", command->summary, err));
    CLI_TRY(set_text(row, "example", command->example, err));
    CLI_TRY(cihsm_value_set_bool(row, "changes_tenant", command->is_write, err));
    CLI_TRY(set_text(row, "note", command->note, err));
    CLI_TRY(set_options(row, command->options, err));
    return cihsm_value_append(commands, &row, err);
}

cihsm_status cli_help_json(cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *commands = NULL;
    CLI_TRY(new_value(cihsm_value_new_object(), &root, err));
    CLI_TRY(new_value(cihsm_value_new_array(), &commands, err));
    CLI_TRY(cihsm_value_set_string(root, "version", cihsm_version(), err));
    CLI_TRY(set_options(root, CLI_GLOBAL_OPTIONS, err));
    const cli_command *command = NULL;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        CLI_TRY(add_command(commands, command, err));
    }
    CLI_TRY(cihsm_value_set(root, "commands", &commands, err));
    CLI_TRY(cihsm_value_write(root, 2, cli_write_stdout, NULL, err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    return cli_flush_stdout(err);
}
