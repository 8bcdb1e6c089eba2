/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-instance: what to give the cockpit, or "cf create-service -c", to make one.
 */
#include "cli/output.h"
#include "cli/report.h"

enum { RESOURCES_MAX = 64 };

static const cli_option PARAMS_OPTIONS[] = {
    {"for", "RESOURCE", "entity set, function import or path; more may follow", 0},
    {"write", NULL, "also the roles for changing the resources", 0},
    {"token-validity", "S", "seconds that an OAuth token is valid, 3600 to 86400", 0},
    {"from", "FILE", "JSON of an instance to start from; its roles stay", 0},
    {0},
};

static cihsm_status read_resources(const cli_env *env, const char *out[RESOURCES_MAX],
                                   size_t *count, cihsm_error *err)
{
    const size_t options = cli_times(env, "for");
    *count = options + env->argument_count;
    if (*count > RESOURCES_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "at most %d resources can be given", RESOURCES_MAX);
    }
    for (size_t i = 0; i < options; i++) {
        out[i] = cli_value_at(env, "for", i);
    }
    for (size_t i = 0; i < env->argument_count; i++) {
        out[options + i] = env->arguments[i];
    }
    return CIHSM_OK;
}

static cihsm_status run_params(cli_env *env, cihsm_error *err)
{
    const char *resources[RESOURCES_MAX];
    cihsm_instance_spec spec = {
        .resources = resources, .write = cli_has(env, "write"), .from = cli_value(env, "from")};
    CLI_TRY(read_resources(env, resources, &spec.resource_count, err));
    CLI_TRY(
        cli_number(env, "token-validity", CIHSM_TOKEN_VALIDITY_MIN, &spec.token_validity_s, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *warnings = NULL;
    CLI_TRY(cihsm_service_instance_params(&spec, &params, &warnings, err));
    CLI_TRY(cihsm_value_write(params, 0, cli_write_stdout, NULL, err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_flush_stdout(err));
    const cihsm_value *warning = cihsm_value_first(warnings);
    for (; warning != NULL; warning = cihsm_value_next(warning)) {
        cli_note("warning: %s", cihsm_value_string(warning));
    }
    return CIHSM_OK;
}

const cli_command CMD_SERVICE_INSTANCE_PARAMS = {
    .name = "service-instance params",
    .summary = "print the JSON that makes an instance with the fewest roles",
    .arguments = "[RESOURCE]...",
    .argument_max = RESOURCES_MAX,
    .example = "cihsm service-instance params --for MessageProcessingLogs DataStores",
    .options = PARAMS_OPTIONS,
    .run = run_params,
};
