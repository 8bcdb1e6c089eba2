/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message show, message error: all that is known of one message.
 */
#include <string.h>

#include "cli/list.h"
#include "cli/message_error.h"
#include "cli/message_list.h"
#include "cli/report.h"
#include "cli/session.h"

/* --- show -------------------------------------------------------------------------------- */

/* A list of the message as a table under a heading; nothing if it is empty. */
static cihsm_status print_section(const char *title, const cihsm_value *rows, const char *columns,
                                  cihsm_error *err)
{
    if (cihsm_value_count(rows) == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cli_list_free) cli_list list = {.format = CLI_TABLE, .columns = columns};
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_print_bytes(title, strlen(title), err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_list_add(&list, rows, err));
    return cli_list_end(&list, err);
}

/* The members that are no lists. */
static cihsm_status without_lists(const cihsm_value *message, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    const cihsm_value *member = cihsm_value_first(message);
    for (; made != NULL && member != NULL; member = cihsm_value_next(member)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = NULL;
        if (cihsm_value_kind(member) == CIHSM_VALUE_ARRAY) {
            continue;
        }
        copy = cihsm_value_copy(member);
        CLI_TRY(cihsm_value_set(made, cihsm_value_name(member), &copy, err));
    }
    *out = CIHSM_MOVE(made);
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

static cihsm_status print_message(const cli_env *env, const cihsm_value *message, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *head = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE) {
        return cli_print_object(env, message, err);
    }
    CLI_TRY(without_lists(message, &head, err));
    CLI_TRY(cli_print_object(env, head, err));
    CLI_TRY(print_section("Custom headers", cihsm_value_get(message, "CustomHeaderProperties"),
                          "Name,Value", err));
    CLI_TRY(print_section("Adapter attributes", cihsm_value_get(message, "AdapterAttributes"),
                          "AdapterId,Name,Value", err));
    return print_section("Attachments", cihsm_value_get(message, "Attachments"),
                         "Id,Name,PayloadSize", err);
}

static cihsm_status add_error(cihsm_client *client, const char *id, cihsm_value *message,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *error = NULL;
    if (!cli_can_have_error(cihsm_value_get_string(message, "Status"))) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_read_message_error(client, id, &error, err));
    return error == NULL ? CIHSM_OK : cihsm_value_set(message, "ErrorInformation", &error, err);
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    const char *id = env->arguments[0];
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *message = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *attachments = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_check_message_id(id, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(
        cli_read_message(client, id, "AdapterAttributes,CustomHeaderProperties", &message, err));
    CLI_TRY(add_error(client, id, message, err));
    CLI_TRY(cli_read_below_message(client, id, "Attachments", &attachments, err));
    CLI_TRY(cihsm_value_set(message, "Attachments", &attachments, err));
    return print_message(env, message, err);
}

const cli_command CMD_MESSAGE_SHOW = {
    .name = "message show",
    .summary = "show one message with its headers, adapter attributes, error and attachments",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message show AGmYqXAr3c7nPzJ0sVdZ1xBfKQ2u",
    .run = run_show,
};

/* --- error ------------------------------------------------------------------------------- */

static cihsm_status fail_without_error(const char *id, const char *status, cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_NOT_FOUND,
                    "the message \"%.80s\" is %.40s and has no error text: \"cihsm message show\" "
                    "tells what is known of it",
                    id, status == NULL ? "of no status" : status);
}

static cihsm_status print_error(const cli_env *env, const cihsm_value *error, cihsm_error *err)
{
    cli_format format;
    const char *text = cihsm_value_get_string(error, "Text");
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE || text == NULL) {
        return cli_print_object(env, error, err);
    }
    CLI_TRY(cli_csv_writer()(NULL, text, strlen(text), err));
    return cli_print_bytes("\n", 1, err);
}

static cihsm_status run_error(cli_env *env, cihsm_error *err)
{
    const char *id = env->arguments[0];
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *message = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *error = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_check_message_id(id, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_read_message(client, id, NULL, &message, err));
    const char *status = cihsm_value_get_string(message, "Status");
    if (cli_can_have_error(status)) {
        CLI_TRY(cli_read_message_error(client, id, &error, err));
    }
    return error == NULL ? fail_without_error(id, status, err) : print_error(env, error, err);
}

const cli_command CMD_MESSAGE_ERROR = {
    .name = "message error",
    .summary = "print the error text of a message",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message error AGmYqXAr3c7nPzJ0sVdZ1xBfKQ2u",
    .run = run_error,
};
