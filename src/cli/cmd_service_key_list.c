/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm service-key list, delete: the service keys that Cloud Foundry has.
 */
#include "cli/cloud_foundry.h"
#include "cli/confirm.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "cli/wait_option.h"
#include "cli/write_send.h"

static const char COLUMNS[] = "name,inUse,daysLeft,validUntil,type,instance,state,created,guid";

/* --- service-key list ----------------------------------------------------------------------- */

static const cli_option LIST_OPTIONS[] = {
    CLI_CF_OPTIONS,
    {0},
};

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    const cihsm_cf_query query = {.instance = cli_cf_instance(env),
                                  .own = cli_setting(env, "service-key")};
    cli_format format;
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_cf_open(env, &cf, err));
    CLI_TRY(cihsm_cf_list_keys(cf, &query, &rows, err));
    return cli_print_list(env, rows, COLUMNS, err);
}

const cli_command CMD_SERVICE_KEY_LIST = {
    .name = "service-key list",
    .summary = "list the service keys of plan api and when they end",
    .arguments = "",
    .example = "cihsm service-key list --instance cpi-api",
    .options = LIST_OPTIONS,
    .run = run_list,
    .note = "inUse marks the key of the service key file in use. Without --instance, the keys of "
            "all instances you can see are listed. One request a key: its end is in it.",
};

/* --- service-key delete --------------------------------------------------------------------- */

static const cli_option DELETE_OPTIONS[] = {
    {"in-use", NULL, "delete it even if it is the service key in effect", 0},
    CLI_CF_OPTIONS,
    CLI_CF_CHANGE_OPTIONS,
    {0},
};

static cihsm_status check_in_use(const cli_env *env, const cihsm_value *row, cihsm_error *err)
{
    if (!cihsm_value_is_true(cihsm_value_get(row, "inUse")) || cli_has(env, "in-use")) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE,
                    "service key \"%.60s\" is the one in use (%.120s): no call would work "
                    "afterwards; repeat with --in-use if you mean it",
                    cihsm_value_get_string(row, "name"), cli_setting(env, "service-key"));
}

static cihsm_status show_request(const cli_env *env, const cihsm_value *row, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *request = NULL;
    CLI_TRY(cihsm_cf_describe_delete(cli_setting(env, "cf-api"), row, &request, err));
    return cli_cf_show(env, &request, err);
}

static cihsm_status delete_key(cli_env *env, cihsm_cf *cf, const cihsm_value *row, int64_t wait_s,
                               cihsm_error *err)
{
    const char *name = cihsm_value_get_string(row, "name");
    const char *instance = cihsm_value_get_string(row, "instance");
    CLI_TRY(check_in_use(env, row, err));
    CLI_TRY(cli_confirm(env, err,
                        "service key \"%.100s\" of service instance \"%.100s\" is deleted, its "
                        "certificate logs in no longer; go on?",
                        name, instance));
    CLI_TRY(cihsm_cf_delete_key(cf, row, wait_s, err));
    cli_note("service key \"%s\" of service instance \"%s\" deleted", name, instance);
    return CIHSM_OK;
}

/* --yes is for those who are not there to be asked; the question tells what was found. */
static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    const cihsm_cf_query query = {.instance = cli_cf_instance(env),
                                  .own = cli_setting(env, "service-key")};
    int64_t wait_s = 0;
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(cli_wait_option(env, &wait_s, err));
    CLI_TRY(cli_cf_check(env, err));
    if (!cli_has(env, "dry-run")) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    CLI_TRY(cli_cf_open(env, &cf, err));
    CLI_TRY(cihsm_cf_find_key(cf, &query, env->arguments[0], &row, err));
    return cli_has(env, "dry-run") ? show_request(env, row, err)
                                   : delete_key(env, cf, row, wait_s, err);
}

const cli_command CMD_SERVICE_KEY_DELETE = {
    .name = "service-key delete",
    .summary = "delete a service key by the Cloud Foundry API",
    .arguments = "NAME|GUID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm service-key delete cpi-client-2026 --instance cpi-api",
    .options = DELETE_OPTIONS,
    .run = run_delete,
    .is_write = true,
};
