/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm value-mapping schemas, list: what a value mapping maps.
 */
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/value_mapping.h"

static const cli_option OPTIONS[] = {
    CLI_SCHEMA_OPTIONS,
    {0},
};

static cihsm_status run_schemas(cli_env *env, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cli_mapping_free) cli_mapping of = {0};
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_mapping_read(env, &of, err));
    CLI_TRY(cli_mapping_open(env, &of, err));
    return cli_print_list(env, of.schemas, "SrcAgency,SrcId,TgtAgency,TgtId,State", err);
}

static cihsm_status add_schema(const cli_mapping *of, const cihsm_value *row, cli_list *to,
                               cihsm_error *err)
{
    const cihsm_mapping_schema schema = cli_mapping_schema(row);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cihsm_mapping_list(of->client, &of->artifact, &schema, &found, err));
    return cli_list_add(to, found, err);
}

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cli_mapping_free) cli_mapping of = {0};
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = CLI_MAPPING_COLUMNS};
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cli_mapping_read(env, &of, err));
    CLI_TRY(cli_mapping_open(env, &of, err));
    for (const cihsm_value *row = cihsm_value_first(of.schemas); row != NULL;
         row = cihsm_value_next(row)) {
        CLI_TRY(add_schema(&of, row, &list, err));
    }
    return cli_list_end(&list, err);
}

const cli_command CMD_VALUE_MAPPING_SCHEMAS = {
    .name = "value-mapping schemas",
    .summary = "list the schemas (agency pairs) of a value mapping",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm value-mapping schemas Currencies",
    .options = OPTIONS,
    .run = run_schemas,
};

const cli_command CMD_VALUE_MAPPING_LIST = {
    .name = "value-mapping list",
    .summary = "list what a value mapping maps to what; with -o csv for a spreadsheet",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm value-mapping list Currencies --source-agency SAP -o csv --out table.csv",
    .options = OPTIONS,
    .run = run_list,
};
