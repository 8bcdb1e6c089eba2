/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm keystore certificate import, chain import, key-pair import: entries from files.
 */
#include "cli/keystore_send.h"
#include "cli/report.h"

static const cli_option CERTIFICATE_OPTIONS[] = {
    {"update", NULL, "the entry is there and is replaced", 0},
    CLI_KEYSTORE_FINGERPRINT_OPTION,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option CHAIN_OPTIONS[] = {
    CLI_KEYSTORE_FINGERPRINT_OPTION,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option KEY_PAIR_OPTIONS[] = {
    {"password-source", "SRC",
     "the password of the file from prompt, file:PATH, fd:N, env:NAME, "
     "cred:NAME",
     0},
    {"update", NULL, "the entry is there and is replaced", 0},
    CLI_KEYSTORE_FINGERPRINT_OPTION,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static cihsm_keystore_import read_import(const cli_env *env)
{
    return (cihsm_keystore_import){.alias = env->arguments[0],
                                   .path = env->arguments[1],
                                   .fingerprint = cli_value(env, "fingerprint"),
                                   .is_update = cli_has(env, "update")};
}

static cihsm_status run_certificate(cli_env *env, cihsm_error *err)
{
    const cihsm_keystore_import from = read_import(env);
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_import_certificate(&from, &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "certificate",
                                  .alias = from.alias,
                                  .question =
                                      from.is_update ? "is replaced on the tenant; go on?" : NULL,
                                  .done = "imported"};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_chain(cli_env *env, cihsm_error *err)
{
    const cihsm_keystore_import from = read_import(env);
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cihsm_keystore_import_chain(&from, &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "chain of key pair",
                                  .alias = from.alias,
                                  .question = "is replaced on the tenant; go on?",
                                  .done = "imported"};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_key_pair(cli_env *env, cihsm_error *err)
{
    cihsm_keystore_import from = read_import(env);
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *password = NULL;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    if (!cli_has(env, "password-source")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--password-source is missing: the password that opens %.200s", from.path);
    }
    CLI_TRY(cihsm_keystore_check_alias(from.alias, err)); /* before a password is asked for */
    CLI_TRY(cli_keystore_password(env, "password-source", "Password of the file", &password, err));
    from.password = password;
    CLI_TRY(cihsm_keystore_import_key_pair(&from, &write, err));
    cli_keystore_change change = {.write = write,
                                  .what = "key pair",
                                  .alias = from.alias,
                                  .question =
                                      from.is_update ? "is replaced on the tenant; go on?" : NULL,
                                  .done = "imported"};
    return cli_keystore_send(env, &change, err);
}

const cli_command CMD_KEYSTORE_CERTIFICATE_IMPORT = {
    .name = "keystore certificate import",
    .summary = "put the certificate of a partner into the keystore",
    .arguments = "ALIAS FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore certificate import partner/meier meier.cer",
    .options = CERTIFICATE_OPTIONS,
    .run = run_certificate,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_CHAIN_IMPORT = {
    .name = "keystore chain import",
    .summary = "give a key pair of the keystore the chain that a CA issued for it",
    .arguments = "ALIAS FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore chain import outbound outbound.p7b",
    .options = CHAIN_OPTIONS,
    .run = run_chain,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_KEY_PAIR_IMPORT = {
    .name = "keystore key-pair import",
    .summary = "put a key pair (PKCS#12) into the keystore",
    .arguments = "ALIAS FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore key-pair import outbound o.p12 --password-source prompt",
    .options = KEY_PAIR_OPTIONS,
    .run = run_key_pair,
    .is_write = true,
};
