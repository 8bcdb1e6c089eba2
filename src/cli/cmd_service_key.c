/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-key: what stands in a service key, and what to give the cockpit to make one.
 */
#include "cli/output.h"
#include "cli/report.h"
#include "cli/settings.h"

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    const char *path =
        env->argument_count > 0 ? env->arguments[0] : cli_setting(env, "service-key");
    if (path == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "no service key is given: cihsm service-key show FILE, or a profile");
    }
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    CLI_TRY(cihsm_service_key_read(path, &key, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *facts = NULL;
    CLI_TRY(cihsm_service_key_describe(key, &facts, err));
    return cli_print_object(env, facts, err);
}

const cli_command CMD_SERVICE_KEY_SHOW = {
    .name = "service-key show",
    .summary = "show type, URLs and certificate of a service key, never its secrets",
    .arguments = "[FILE]",
    .argument_max = 1,
    .example = "cihsm service-key show key.json",
    .run = run_show,
};

static const cli_option PARAMS_OPTIONS[] = {
    {"cert", "FILE", "PEM with the leaf certificate, or a chain with one leaf (required)", 0},
    {0},
};

static cihsm_status run_params(cli_env *env, cihsm_error *err)
{
    const char *path = cli_value(env, "cert");
    if (path == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "no certificate is given: use --cert FILE");
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CLI_TRY(cihsm_service_key_params(path, &params, err));
    CLI_TRY(cihsm_value_write(params, 0, cli_write_stdout, NULL, err));
    return cli_print_bytes("\n", 1, err);
}

const cli_command CMD_SERVICE_KEY_PARAMS = {
    .name = "service-key params",
    .summary = "print the JSON that creates an External Certificate service key",
    .arguments = "",
    .example = "cihsm service-key params --cert client-chain.pem",
    .options = PARAMS_OPTIONS,
    .run = run_params,
};
