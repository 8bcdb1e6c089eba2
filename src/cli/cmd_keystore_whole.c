/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm keystore import, export, backup, restore: all of it.
 */
#include <string.h>

#include "cli/keystore_send.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/value_target.h"

static const char COLUMNS[] = "Alias,Type,Status,ValidNotAfter";

static const cli_option IMPORT_OPTIONS[] = {
    {"option", "merge|overwrite|replace",
     "merge: only new aliases (if not given); overwrite: the same ones are replaced; replace: all "
     "present entries go",
     0},
    {"password-source", "SRC",
     "the password of the file and its keys from prompt, file:PATH, fd:N, "
     "env:NAME, cred:NAME",
     0},
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option EXPORT_OPTIONS[] = {
    {"out", "PATH", "write to this file; DIR/: to a new file there, by its name", 0},
    {"store", "NAME", "system (if not given) or backup_admin_system", 0},
    {0},
};

static const cli_option RESTORE_OPTIONS[] = {
    {"option", "overwrite|replace",
     "overwrite: entries of the same alias are replaced (if not given); replace: all present "
     "entries go",
     0},
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option BACKUP_OPTIONS[] = {
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

/* --- import, backup, restore ----------------------------------------------------------------- */

static const char *question_of(const char *option)
{
    return strcmp(option, "merge") == 0 ? NULL
           : strcmp(option, "replace") == 0
               ? "is replaced: all entries that are not SAP's go; go on?"
               : "gets these entries in the place of those of the same alias; go on?";
}

static cihsm_status run_import(cli_env *env, cihsm_error *err)
{
    const char *option = cli_has(env, "option") ? cli_value(env, "option") : "merge";
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *password = NULL;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    if (!cli_has(env, "password-source")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--password-source is missing: the password that opens %.200s",
                        env->arguments[0]);
    }
    CLI_TRY(cli_keystore_password(env, "password-source", "Password of the file", &password, err));
    CLI_TRY(cihsm_keystore_import_all(env->arguments[0], option, password, &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "keystore",
                                  .question = question_of(option),
                                  .done = "imported into the",
                                  .columns = COLUMNS};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_backup(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_backup(&write, err));
    cli_keystore_change change = {
        .write = write,
        .what = "keystore",
        .question = "is copied to the tenant's one backup, whose content is lost; go on?",
        .done = "backed up the"};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_restore(cli_env *env, cihsm_error *err)
{
    const char *option = cli_has(env, "option") ? cli_value(env, "option") : "overwrite";
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_restore(option, &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "keystore",
                                  .question = question_of(option),
                                  .done = "restored the",
                                  .columns = COLUMNS};
    return cli_keystore_send(env, &change, err);
}

/* --- export ---------------------------------------------------------------------------------- */

static cihsm_status read_export(cihsm_client *client, const char *store, value_target *target,
                                cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_path_entity("KeystoreResources", store, NULL, path, err));
    CLI_TRY(cihsm_client_get(client, path, NULL, &result, err));
    const cihsm_value *found = cihsm_result_value(result);
    if (cihsm_result_what(result) == CIHSM_RESULT_COLLECTION) {
        found = cihsm_value_first(found);
    }
    const cihsm_sink sink = value_target_sink(target);
    const cihsm_media media = {.name = "keystore.jceks",
                               .content_type = "application/octet-stream"};
    CLI_TRY(sink.begin(sink.user, &media, err));
    return cihsm_value_write_bytes(cihsm_value_get(found, "Resource"), sink.write, sink.user, err);
}

static cihsm_status run_export(cli_env *env, cihsm_error *err)
{
    const char *store = cli_has(env, "store") ? cli_value(env, "store") : "system";
    CIHSM_AUTO(value_target_free) value_target target = {0};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    if (strcmp(store, "system") != 0 && strcmp(store, "backup_admin_system") != 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--store is system or backup_admin_system, not \"%.40s\"", store);
    }
    CLI_TRY(value_target_open(env, &target, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(read_export(client, store, &target, err));
    return value_target_commit(&target, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_KEYSTORE_IMPORT = {
    .name = "keystore import",
    .summary = "import the entries of a JKS or JCEKS file",
    .arguments = "FILE",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm keystore import partners.jks --password-source prompt",
    .options = IMPORT_OPTIONS,
    .run = run_import,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_EXPORT = {
    .name = "keystore export",
    .summary = "export what is public of the keystore as JCEKS: no private key leaves the tenant",
    .arguments = "",
    .example = "cihsm keystore export --out keystore.jceks",
    .options = EXPORT_OPTIONS,
    .run = run_export,
};

const cli_command CMD_KEYSTORE_BACKUP = {
    .name = "keystore backup",
    .summary = "copy the entries that are not SAP's to the backup in the tenant",
    .arguments = "",
    .example = "cihsm keystore backup",
    .options = BACKUP_OPTIONS,
    .run = run_backup,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_RESTORE = {
    .name = "keystore restore",
    .summary = "restore the keystore from its backup in the tenant",
    .arguments = "",
    .example = "cihsm keystore restore --option replace",
    .options = RESTORE_OPTIONS,
    .run = run_restore,
    .is_write = true,
};
