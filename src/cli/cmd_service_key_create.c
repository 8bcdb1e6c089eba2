/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-key create, download: service keys made and fetched by the Cloud Foundry API.
 */
#include <string.h>

#include "cli/cloud_foundry.h"
#include "cli/out_file.h"
#include "cli/output.h"
#include "cli/profile_draft.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/wait_option.h"
#include "cli/write_send.h"

/* --- service-key create --------------------------------------------------------------------- */

static const cli_option CREATE_OPTIONS[] = {
    {"out", "FILE", "write the service key there, for you alone (required)", 0},
    {"cert", "FILE", "PEM with the leaf; else that of the chain, else that of the token", 0},
    {"name", "NAME", "of the service key, up to 32 characters; else made of CN and end", 0},
    {"save-profile", "NAME", "keep it with the settings in effect as a profile", 0},
    CLI_MODULE_ENV_OPTION,
    CLI_CF_OPTIONS,
    CLI_CF_CHANGE_OPTIONS,
    {0},
};

/* The leaf of the key on the token. */
static cihsm_status params_of_token(cli_env *env, cihsm_value **out, cihsm_error *err)
{
    const cihsm_certificate_choice choice = {.key = cli_setting(env, "key")};
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CLI_TRY(cihsm_certificate_export(token, &choice, &report, err));
    const char *pem = cihsm_value_get_string(report, "pem");
    return cihsm_service_key_params_pem(pem, strlen(pem), "token", out, err);
}

static cihsm_status read_params(cli_env *env, cihsm_value **out, cihsm_error *err)
{
    const char *path = cli_has(env, "cert") ? cli_value(env, "cert") : cli_setting(env, "chain");
    if (path != NULL) {
        return cihsm_service_key_params(path, out, err);
    }
    if (cli_setting(env, "module") == NULL) {
        return cli_fail(
            err, CIHSM_E_USAGE,
            "--cert is missing: the certificate to register, if no profile has a chain or "
            "a token with certificates");
    }
    return params_of_token(env, out, err);
}

/* What can be wrong without asking anybody. */
static cihsm_status check_create(const cli_env *env, cihsm_error *err)
{
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_cf_check(env, err));
    if (cli_cf_instance(env) == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--instance is missing: a service instance of Process Integration Runtime, "
                        "plan api");
    }
    if (!cli_has(env, "out") && !cli_has(env, "dry-run")) {
        return cli_fail(err, CIHSM_E_USAGE, "--out is missing: the file for the service key");
    }
    return cli_has(env, "save-profile")
               ? cli_draft_check_name(env, cli_value(env, "save-profile"), err)
               : CIHSM_OK;
}

static cihsm_status show_request(const cli_env *env, const cihsm_cf_key *key, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *request = NULL;
    CLI_TRY(cihsm_cf_describe_create(cli_setting(env, "cf-api"), key, &request, err));
    return cli_cf_show(env, &request, err);
}

/* The profile has the file that was just written, whatever profile was in use. */
static cihsm_status save_profile(const cli_env *env, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cli_draft_free) cli_profile_draft *draft = NULL;
    CLI_TRY(cli_draft_new(&draft, err));
    CLI_TRY(cli_draft_add(draft, "service-key", path, err));
    CLI_TRY(cli_draft_add_effective(draft, env, err));
    return cli_draft_save(draft, env, cli_value(env, "save-profile"), err);
}

static void note_made(const cihsm_value *made, const char *path)
{
    const cihsm_value *key = cihsm_value_get(made, "key");
    cli_note("service key \"%s\" of service instance \"%s\" %s, written to %s",
             cihsm_value_get_string(key, "name"), cihsm_value_get_string(key, "instance"),
             cihsm_value_is_true(cihsm_value_get(made, "isNew"))
                 ? "made"
                 : "was there already with this certificate",
             path);
}

static cihsm_status keep(cli_env *env, const cihsm_value *made, const char *path, cihsm_file **file,
                         cihsm_error *err)
{
    CLI_TRY(cli_cf_write_key(cihsm_value_get(made, "document"), file, err));
    note_made(made, path);
    if (cli_has(env, "save-profile")) {
        CLI_TRY(save_profile(env, path, err));
    }
    return cli_print_object(env, cihsm_value_get(made, "key"), err);
}

static cihsm_status create(cli_env *env, const cihsm_cf_key *key, cihsm_error *err)
{
    const char *path = cli_value(env, "out");
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free_wiped) cihsm_value *made = NULL;
    CLI_TRY(cli_out_file(path, &file, err)); /* if it cannot be written, nothing is made */
    CLI_TRY(cli_cf_open(env, &cf, err));
    CLI_TRY(cihsm_cf_create_key(cf, key, &made, err));
    const cihsm_status status = keep(env, made, path, &file, err);
    if (status != CIHSM_OK) {
        cli_fail_add(err, "the service key was made: run the command again, which fetches it");
    }
    return status;
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    cihsm_cf_key key = {.instance = cli_cf_instance(env), .name = cli_value(env, "name")};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CLI_TRY(check_create(env, err));
    CLI_TRY(cli_wait_option(env, &key.wait_s, err));
    CLI_TRY(read_params(env, &params, err));
    key.parameters = params;
    if (cli_has(env, "dry-run")) {
        return show_request(env, &key, err);
    }
    CLI_TRY(cli_write_check_protection(env, err));
    CLI_TRY(cli_cf_confirm_file(env, cli_value(env, "out"), err));
    return create(env, &key, err);
}

const cli_command CMD_SERVICE_KEY_CREATE = {
    .name = "service-key create",
    .summary = "make an External Certificate key by the Cloud Foundry API",
    .arguments = "",
    .example = "cihsm service-key create --instance cpi-api --cert client-chain.pem --out key.json",
    .options = CREATE_OPTIONS,
    .run = run_create,
    .is_write = true,
    .note = "A key of that name that has this certificate already is fetched, so the command can "
            "be run again after it was ended. The user needs the role Space Developer.",
};

/* --- service-key download ------------------------------------------------------------------- */

static const cli_option DOWNLOAD_OPTIONS[] = {
    {"out", "FILE", "write the service key there, for you alone (required)", 0},
    CLI_CF_OPTIONS,
    {0},
};

static cihsm_status run_download(cli_env *env, cihsm_error *err)
{
    const char *path = cli_value(env, "out");
    const cihsm_cf_query query = {.instance = cli_cf_instance(env)};
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_cf_check(env, err));
    if (path == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "--out is missing: the file for the service key");
    }
    CLI_TRY(cli_cf_confirm_file(env, path, err));
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CIHSM_AUTO(cihsm_value_free_wiped) cihsm_value *document = NULL;
    CLI_TRY(cli_out_file(path, &file, err));
    CLI_TRY(cli_cf_open(env, &cf, err));
    CLI_TRY(cihsm_cf_find_key(cf, &query, env->arguments[0], &row, err));
    CLI_TRY(cihsm_cf_read_key(cf, cihsm_value_get_string(row, "guid"), &document, err));
    CLI_TRY(cli_cf_write_key(document, &file, err));
    cli_note("service key \"%s\" written to %s", cihsm_value_get_string(row, "name"), path);
    return cli_print_object(env, row, err);
}

const cli_command CMD_SERVICE_KEY_DOWNLOAD = {
    .name = "service-key download",
    .summary = "write a service key into a file by the Cloud Foundry API",
    .arguments = "NAME|GUID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm service-key download cpi-client-2027 --instance cpi-api --out key.json",
    .options = DOWNLOAD_OPTIONS,
    .run = run_download,
};
