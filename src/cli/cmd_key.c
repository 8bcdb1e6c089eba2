/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm key: private keys on the token (evidence: cmd_key_evidence.c).
 */
#include "cli/confirm.h"
#include "cli/key_options.h"
#include "cli/key_rows.h"
#include "cli/list.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

static const cli_option GENERATE_OPTIONS[] = {
    {"type", "TYPE", "rsa:2048, rsa:3072 (default), rsa:4096, ec:P-256 or ec:P-384", 0},
    {"label", "TEXT", "label of the key (required)", 0},
    {"id", "HEX", "id of the key in hex; 16 random bytes if not given", 0},
    {"strict", NULL, "forbid everything but signing; says which attribute a token refuses", 0},
    {"leave-out", "NAMES", "attributes of --strict that the token refuses, as the message says", 0},
    {0},
};

/* What the token says about the key it just made is not always what was asked for. */
static void warn_if_weak(const cihsm_key_info *info)
{
    if (info->extractable != CIHSM_NO || info->sensitive != CIHSM_YES) {
        cli_note("warning: the token does not say that this key is sensitive and never leaves it");
    }
    if (info->local == CIHSM_NO) {
        cli_note("warning: the token does not say that it generated this key itself");
    }
}

static cihsm_status print_made(const cli_env *env, const cihsm_key_info *info, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(cli_key_row(info, &row, err));
    CLI_TRY(cli_print_object(env, row, err));
    CLI_TRY(cli_flush_stdout(err));
    warn_if_weak(info);
    return CIHSM_OK;
}

static void note_after_generate(const cli_env *env, const cihsm_key_info *key)
{
    char uri[CLI_NEXT_URI_MAX];
    cli_next_uri(key->uri, "object=", uri);
    const char *words[] = {"csr",   "create",     "--key",
                           uri,     "--subject",  "CN=cpi-client,O=Example,C=DE",
                           "--out", "client.csr", NULL};
    cli_next(env, NULL, words);
}

static cihsm_status run_generate(cli_env *env, cihsm_error *err)
{
    cihsm_key_spec spec;
    uint8_t id[CIHSM_KEY_ID_MAX];
    CLI_TRY(cli_key_spec(env, "type", id, &spec, err));
    spec.strict = cli_has(env, "strict");
    spec.leave_out = cli_value(env, "leave-out");
    CLI_TRY(cihsm_key_spec_check(&spec, err));

    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    CLI_TRY(cihsm_key_generate(token, &spec, &made, err));

    const cihsm_status status = print_made(env, cihsm_key_list_at(made, 0), err);
    if (status != CIHSM_OK) {
        cli_fail_add(err, "the key is on the token, \"cihsm key list\" shows it");
        return status;
    }
    note_after_generate(env, cihsm_key_list_at(made, 0));
    return CIHSM_OK;
}

const cli_command CMD_KEY_GENERATE = {
    .name = "key generate",
    .summary = "generate a key pair on the token; it can never leave it",
    .arguments = "",
    .example = "cihsm key generate --type rsa:3072 --label cpi-client",
    .options = GENERATE_OPTIONS,
    .run = run_generate,
};

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_key_review_free) cihsm_key_review *review = NULL;
    CLI_TRY(cihsm_key_review_make(token, cli_key_at(env, 0), &review, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(cli_key_rows(review, &list, err));
    return cli_print_list(env, list, CLI_KEY_COLUMNS, err);
}

const cli_command CMD_KEY_LIST = {
    .name = "key list",
    .summary = "list the private keys of the token, their certificates and what is wrong",
    .arguments = "",
    .example = "cihsm key list --token \"pkcs11:token=cpi\"",
    .run = run_list,
};

/* Only what was typed is deleted, never the key that a profile happens to name. */
static cihsm_status read_doomed(const cli_env *env, const char **out, cihsm_error *err)
{
    *out = cli_value(env, "key");
    if (cli_times(env, "key") != 1) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "say which key is to be deleted: one --key URI, \"cihsm key list\" shows "
                        "them");
    }
    return CIHSM_OK;
}

static cihsm_status print_deleted(const cli_env *env, const char *uri,
                                  const cihsm_key_deleted *deleted, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Deleted", uri, err));
    CLI_TRY(cihsm_value_set_number(row, "PrivateKeys", deleted->private_keys, err));
    CLI_TRY(cihsm_value_set_number(row, "PublicKeys", deleted->public_keys, err));
    CLI_TRY(cihsm_value_set_number(row, "CertificatesLeft", deleted->certificates_left, err));
    CLI_TRY(cli_print_object(env, row, err));
    if (deleted->certificates_left > 0) {
        cli_note("certificates of the key stay on the token: \"cihsm cert list\" shows them");
    }
    return CIHSM_OK;
}

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    const char *uri = NULL;
    CLI_TRY(read_doomed(env, &uri, err));
    CLI_TRY(cli_confirm(env, err,
                        "The key %s will be destroyed for good, and every service key made for its "
                        "certificate will stop working. Delete it?",
                        uri));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    cihsm_key_deleted deleted;
    CLI_TRY(cihsm_key_delete(token, uri, &deleted, err));
    return print_deleted(env, uri, &deleted, err);
}

const cli_command CMD_KEY_DELETE = {
    .name = "key delete",
    .summary = "delete one private key and its public key object, for good",
    .arguments = "",
    .example = "cihsm key delete --key \"pkcs11:object=cpi-client-old\"",
    .run = run_delete,
};
