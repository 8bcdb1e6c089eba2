/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm message attachments, payload: what was kept of a message, and its bytes.
 */
#include "cli/list.h"
#include "cli/message_error.h"
#include "cli/message_list.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/value_target.h"

static const cli_option GET_OPTIONS[] = {
    {"out", "PATH", "write to this file; DIR/: to a new file there, by the tenant's name", 0},
    {0},
};

static cihsm_status list_below(cli_env *env, const char *navigation, const char *columns,
                               cihsm_error *err)
{
    const char *id = env->arguments[0];
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_output_format(env, &format, err)); /* mistakes are told before a login */
    CLI_TRY(cli_check_message_id(id, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_read_below_message(client, id, navigation, &found, err));
    return cli_print_list(env, found, columns, err);
}

/* @param what  for messages: "attachment" */
static cihsm_status download(cli_env *env, const char *set, const char *what, cihsm_error *err)
{
    const char *id = env->arguments[0];
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(value_target_free) value_target target = {0};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cihsm_path_entity(set, id, "$value", path, err));
    CLI_TRY(value_target_open(env, &target, err));
    CLI_TRY(cihsm_download_check(path, NULL, err));
    CLI_TRY(cli_open_client(env, &client, err));
    cihsm_sink sink = value_target_sink(&target);
    sink.is_page_expected = true; /* a message may be a page */
    cli_progress_begin(NULL);
    CLI_TRY(
        cli_explain_missing(cihsm_client_download(client, path, NULL, &sink, err), what, id, err));
    return value_target_commit(&target, err);
}

static cihsm_status run_attachments(cli_env *env, cihsm_error *err)
{
    return list_below(env, "Attachments", "Id,Name,ContentType,PayloadSize,TimeStamp", err);
}

static cihsm_status run_attachment_get(cli_env *env, cihsm_error *err)
{
    return download(env, "MessageProcessingLogAttachments", "attachment", err);
}

static cihsm_status run_payload(cli_env *env, cihsm_error *err)
{
    return list_below(env, "MessageStoreEntries", "Id,MessageStoreId,TimeStamp,HasAttachments",
                      err);
}

static cihsm_status run_payload_get(cli_env *env, cihsm_error *err)
{
    return download(env, "MessageStoreEntries", "message store entry", err);
}

const cli_command CMD_MESSAGE_ATTACHMENTS = {
    .name = "message attachments",
    .summary = "list the attachments of the log of a message",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message attachments AGmYqXAr3c7nPzJ0sVdZ1xBfKQ2u",
    .run = run_attachments,
};

const cli_command CMD_MESSAGE_ATTACHMENT_GET = {
    .name = "message attachment get",
    .summary = "download an attachment by its own id",
    .arguments = "ATTACHMENT-ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message attachment get sap-it-res:msg:c0ffee42:1b9d6bcd --out request.xml",
    .options = GET_OPTIONS,
    .run = run_attachment_get,
};

const cli_command CMD_MESSAGE_PAYLOAD = {
    .name = "message payload",
    .summary = "list what the flow of a message put into the message store",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message payload AGmYqXAr3c7nPzJ0sVdZ1xBfKQ2u",
    .run = run_payload,
};

const cli_command CMD_MESSAGE_PAYLOAD_GET = {
    .name = "message payload get",
    .summary = "download an entry of the message store by its own id",
    .arguments = "ENTRY-ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm message payload get sap-it-res:msg:c0ffee42:1b9d6bcd --out order.xml",
    .options = GET_OPTIONS,
    .run = run_payload_get,
};
