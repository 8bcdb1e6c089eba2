/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm partner export: partners of the Partner Directory into a folder each.
 */
#include "cli/list.h"
#include "cli/report.h"
#include "cli/session.h"

enum { PARTNERS_MAX = 1024 };

static const char COLUMNS[] = "partner,string,binary,alternative,user,credential,written,removed";

static const cli_option OPTIONS[] = {
    {"out", "DIR", "the folder above those of the partners; made if it is not there", 0},
    {"all", NULL, "all partners; what was exported of those that are gone is removed", 0},
    {"overwrite", NULL, "files in the way that no export wrote, too", 0},
    {0},
};

static const char *const ENTITIES[CIHSM_PARTNER_KINDS] = {
    [CIHSM_PARTNER_STRING] = "string",           [CIHSM_PARTNER_BINARY] = "binary",
    [CIHSM_PARTNER_ALTERNATIVE] = "alternative", [CIHSM_PARTNER_USER] = "user",
    [CIHSM_PARTNER_CREDENTIAL] = "credential",
};

static cihsm_status add_row(void *list, const cihsm_partner_exported *one, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "partner", one->partner, err));
    for (size_t i = 0; i < CIHSM_PARTNER_KINDS; i++) {
        CLI_TRY(cihsm_value_set_number(row, ENTITIES[i], (double)one->entries[i], err));
    }
    CLI_TRY(cihsm_value_set_number(row, "written", (double)one->written, err));
    CLI_TRY(cihsm_value_set_number(row, "removed", (double)one->removed, err));
    CLI_TRY(cihsm_value_set_string(row, "folder", one->folder, err));
    return cli_list_add_one(list, row, err);
}

static cihsm_status check(const cli_env *env, cihsm_error *err)
{
    if (!cli_has(env, "out")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--out is missing: the folder that the partners are written to");
    }
    if (cli_has(env, "all") != (env->argument_count == 0)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "name the partners to export, or give --all for all of them");
    }
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = COLUMNS};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    const cihsm_partner_export_options options = {
        .folder = cli_value(env, "out"),
        .partners = env->arguments,
        .partner_count = env->argument_count,
        .overwrite = cli_has(env, "overwrite"),
        .done = add_row,
        .user = &list,
    };
    CLI_TRY(check(env, err));
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cihsm_partner_export_check(&options, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_partner_export(client, &options, err));
    return cli_list_end(&list, err);
}

const cli_command CMD_PARTNER_EXPORT = {
    .name = "partner export",
    .summary = "write partners to files, a folder each",
    .arguments = "[PARTNER...]",
    .argument_max = PARTNERS_MAX,
    .example = "cihsm partner export Shopify Ariba --out partners",
    .options = OPTIONS,
    .run = run,
};
