/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm keystore rename, delete, size, renewal activate, history restore: entries that are there.
 */
#include <stdio.h>
#include <string.h>

#include "cli/keystore_send.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

enum { DELETED_MAX = 1000, SUBJECT_MAX = 300 };

static const cli_option OPTIONS[] = {
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

/* --- rename ---------------------------------------------------------------------------------- */

static cihsm_status run_rename(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_rename(env->arguments[0], env->arguments[1], &write, err));
    cli_keystore_change change = {
        .write = write,
        .what = "keystore entry",
        .alias = env->arguments[0],
        .question = "gets another alias, so flows that name it do not find it any more; go on?",
        .done = "renamed"};
    return cli_keystore_send(env, &change, err);
}

/* --- delete ---------------------------------------------------------------------------------- */

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    char what[SUBJECT_MAX] = "keystore entry";
    const size_t count = env->argument_count;
    const bool is_one = count == 1;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_delete(env->arguments, count, &write, err));
    if (!is_one) {
        snprintf(what, sizeof what, "%zu keystore entries (\"%.80s\" ... \"%.80s\")", count,
                 env->arguments[0], env->arguments[count - 1]);
    }
    cli_keystore_change change = {
        .write = write,
        .what = what,
        .alias = is_one ? env->arguments[0] : NULL,
        .question = is_one ? "is deleted on the tenant; a key is lost for good; delete it?"
                           : "are deleted on the tenant; keys are lost for good; delete them?",
        .done = "deleted",
        .needed = is_one ? NULL : env->arguments,
        .needed_count = count};
    return cli_keystore_send(env, &change, err);
}

/* --- size ------------------------------------------------------------------------------------ */

static const cli_option SIZE_OPTIONS[] = {
    {"store", "NAME", "system (if not given) or KeyRenewal", 0},
    {0},
};

static cihsm_status run_size(cli_env *env, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    const char *store = cli_has(env, "store") ? cli_value(env, "store") : "system";
    if (strcmp(store, "system") != 0 && strcmp(store, "KeyRenewal") != 0) {
        return cli_fail(err, CIHSM_E_USAGE, "--store is system or KeyRenewal, not \"%.40s\"",
                        store);
    }
    CLI_TRY(cihsm_path_entity("Keystores", store, "Size/$value", path, err));
    size_t len = 0;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_client_get(client, path, NULL, &result, err));
    const char *bytes = cihsm_result_bytes(result, &len);
    if (len == 0 || strspn(bytes, "0123456789") != len) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "%s is answered by something that is no number",
                        path);
    }
    CLI_TRY(cli_print_bytes(bytes, len, err));
    return cli_print_bytes("\n", 1, err);
}

/* --- keys of SAP ----------------------------------------------------------------------------- */

static cihsm_status run_activate(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_activate(env->arguments[0], &write, err));
    cli_keystore_change change = {
        .write = write,
        .what = "new key of SAP",
        .alias = env->arguments[0],
        .question = "takes the place of the present one, whose certificate partners may know; go "
                    "on?",
        .done = "activated"};
    return cli_keystore_send(env, &change, err);
}

static const cli_option HISTORY_OPTIONS[] = {
    {"as", "ALIAS", "alias in KeyRenewal; the one that it had if not given", 0},
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static cihsm_status run_history(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_restore_history(env->arguments[0], cli_value(env, "as"), &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "to KeyRenewal: entry of the history",
                                  .alias = env->arguments[0],
                                  .done = "copied"};
    return cli_keystore_send(env, &change, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_KEYSTORE_RENAME = {
    .name = "keystore rename",
    .summary = "give an entry of the keystore another alias",
    .arguments = "ALIAS NEW",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore rename partner/müller partner/meier",
    .options = OPTIONS,
    .run = run_rename,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_DELETE = {
    .name = "keystore delete",
    .summary = "delete entries of the keystore; several by one request",
    .arguments = "ALIAS...",
    .argument_min = 1,
    .argument_max = DELETED_MAX,
    .example = "cihsm keystore delete partner/müller",
    .options = OPTIONS,
    .run = run_delete,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_SIZE = {
    .name = "keystore size",
    .summary = "print how many entries the keystore has",
    .arguments = "",
    .example = "cihsm keystore size",
    .options = SIZE_OPTIONS,
    .run = run_size,
};

const cli_command CMD_KEYSTORE_RENEWAL_ACTIVATE = {
    .name = "keystore renewal activate",
    .summary = "put a new key of SAP (list --store KeyRenewal) in the place of the present one",
    .arguments = "ALIAS",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm keystore renewal activate sap_cloudintegrationcertificate",
    .options = OPTIONS,
    .run = run_activate,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_HISTORY_RESTORE = {
    .name = "keystore history restore",
    .summary = "copy a former key of SAP to the new ones, where it can be activated",
    .arguments = "ALIAS",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm keystore history restore \"[1]_sap_cloudintegrationcertificate\"",
    .options = HISTORY_OPTIONS,
    .run = run_history,
    .is_write = true,
};
