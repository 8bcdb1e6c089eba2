/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-key: what stands in a service key, and what to give the cockpit to make one.
 */
#include "cli/cert_report.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

/* The file of the argument, else of the settings. */
static cihsm_status choose_file(const cli_env *env, const char **out, cihsm_error *err)
{
    *out = env->argument_count > 0 ? env->arguments[0] : cli_setting(env, "service-key");
    if (*out == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "no service key is given: cihsm %s FILE, or a profile",
                        env->command->name);
    }
    return CIHSM_OK;
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    const char *path = NULL;
    CLI_TRY(choose_file(env, &path, err));
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CLI_TRY(cihsm_service_key_read(path, &key, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    CLI_TRY(cihsm_service_key_describe(key, &facts, err));
    return cli_print_object(env, facts, err);
}

const cli_command CMD_SERVICE_KEY_SHOW = {
    .name = "service-key show",
    .summary = "show type, URLs and certificate, never the secrets",
    .arguments = "[FILE]",
    .argument_max = 1,
    .example = "cihsm service-key show key.json",
    .run = run_show,
};

static const cli_option CHECK_OPTIONS[] = {
    {"token-key", NULL, "also compare with the key on the token (as --key does)", 0},
    {"days", "N", "warn if a certificate ends within N days (30)", 0},
    {"lb-roots", "FILE", "PEM with the roots that SAP's load balancer accepts", 0},
    {0},
};

static cihsm_status print_check(const cli_env *env, const cihsm_value *report, cihsm_error *err)
{
    static const char *const OF_KEY[] = {"source", "type", "url", "tokenUrl", "clientId"};
    static const char *const OF_LEAF[] = {"subject", "issuer", "serialNumber", "notAfter"};
    static const char *const LEVELS[] = {"error", "warn", "info"};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *shown = cihsm_value_new_object();
    if (shown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < sizeof OF_KEY / sizeof *OF_KEY; i++) {
        CLI_TRY(cihsm_value_set_string(shown, OF_KEY[i], cihsm_value_get_string(report, OF_KEY[i]),
                                       err));
    }
    const cihsm_value *leaf = cihsm_value_get(report, "leaf");
    for (size_t i = 0; leaf != NULL && i < sizeof OF_LEAF / sizeof *OF_LEAF; i++) {
        CLI_TRY(cihsm_value_set_string(shown, OF_LEAF[i], cihsm_value_get_string(leaf, OF_LEAF[i]),
                                       err));
    }
    for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++) {
        CLI_TRY(cert_put_findings(report, LEVELS[i], shown, err));
    }
    CLI_TRY(
        cihsm_value_set_string(shown, "result", cert_errors(report) == 0 ? "ok" : "NOT OK", err));
    return cli_print_object(env, shown, err);
}

static cihsm_status judge(const cihsm_value *report, cihsm_error *err)
{
    const size_t errors = cert_errors(report);
    if (errors == 0) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_CHECK,
                    "%zu error%s found in service key %.150s, the first: %.250s", errors,
                    errors == 1 ? "" : "s", cihsm_value_get_string(report, "source"),
                    cihsm_value_get_string(cert_first_finding(report, "error"), "sentence"));
}

/* Once without the token: a wrong file is found before a PIN is asked for. */
static cihsm_status check(cli_env *env, const char *path, cihsm_service_key_rules *rules,
                          cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cihsm_service_key_check(path, rules, &report, err));
    if (!cli_has(env, "token-key") && !cli_has(env, "key")) {
        *out = CIHSM_MOVE(report);
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    rules->token = token;
    rules->key = cli_key_uri(env);
    return cihsm_service_key_check(path, rules, out, err);
}

/* Not where a profile has it already. */
static void note_after_check(const cli_env *env, const char *path)
{
    const char *chain = cli_value(env, "chain");
    const char *words[] = {"profile",       "create", "cpi",
                           "--service-key", path,     chain == NULL ? NULL : "--chain",
                           chain,           NULL};
    if (env->argument_count > 0) {
        cli_next(env, NULL, words);
    }
}

static cihsm_status run_check(cli_env *env, cihsm_error *err)
{
    const char *path = NULL;
    cli_format format = CLI_TABLE;
    cihsm_service_key_rules rules = {
        .chain = cli_setting(env, "chain"),
        .lb_roots = cli_setting(env, "lb-roots"),
    };
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(choose_file(env, &path, err));
    CLI_TRY(cert_warn_days(env, &rules.warn_days, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(check(env, path, &rules, &report, err));
    CLI_TRY(format == CLI_TABLE ? print_check(env, report, err)
                                : cli_print_object(env, report, err));
    CLI_TRY(judge(report, err));
    CLI_TRY(cli_flush_stdout(err));
    note_after_check(env, path);
    return CIHSM_OK;
}

const cli_command CMD_SERVICE_KEY_CHECK = {
    .name = "service-key check",
    .summary = "look for what is wrong with a service key",
    .arguments = "[FILE]",
    .argument_max = 1,
    .example = "cihsm service-key check key.json --chain client-chain.pem",
    .options = CHECK_OPTIONS,
    .run = run_check,
};

static const cli_option PARAMS_OPTIONS[] = {
    {"cert", "FILE", "PEM with the leaf certificate, or a chain with one leaf (required)", 0},
    {0},
};

static cihsm_status run_params(cli_env *env, cihsm_error *err)
{
    const char *path = cli_value(env, "cert");
    if (path == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "--cert is missing: the PEM with the leaf certificate");
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CLI_TRY(cihsm_service_key_params(path, &params, err));
    CLI_TRY(cihsm_value_write(params, 0, cli_write_stdout, NULL, err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_flush_stdout(err));
    const char *words[] = {"service-key", "check", "service-key.json", "--chain", path, NULL};
    cli_next(env, "make a service key of it in the BTP cockpit and save that as service-key.json",
             words);
    return CIHSM_OK;
}

const cli_command CMD_SERVICE_KEY_PARAMS = {
    .name = "service-key params",
    .summary = "print the JSON that makes an External Certificate key",
    .arguments = "",
    .example = "cihsm service-key params --cert client-chain.pem",
    .options = PARAMS_OPTIONS,
    .run = run_params,
};
