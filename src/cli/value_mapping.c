/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/value_mapping.h"

#include <string.h>

#include "cli/report.h"
#include "cli/session.h"

void cli_mapping_free(cli_mapping *mapping)
{
    cihsm_value_free(&mapping->schemas);
    cihsm_client_free(&mapping->client);
}

cihsm_status cli_mapping_read(const cli_env *env, cli_mapping *out, cihsm_error *err)
{
    out->artifact = (cihsm_artifact){.type = CIHSM_ARTIFACT_VALUE_MAPPING, .id = env->arguments[0]};
    out->only = (cihsm_mapping_schema){.source_agency = cli_value(env, "source-agency"),
                                       .source_id = cli_value(env, "source-id"),
                                       .target_agency = cli_value(env, "target-agency"),
                                       .target_id = cli_value(env, "target-id")};
    return out->artifact.id[0] != '\0'
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE, "the id of the value mapping is empty");
}

cihsm_mapping_schema cli_mapping_schema(const cihsm_value *row)
{
    const char *text[4] = {
        cihsm_value_get_string(row, "SrcAgency"), cihsm_value_get_string(row, "SrcId"),
        cihsm_value_get_string(row, "TgtAgency"), cihsm_value_get_string(row, "TgtId")};
    for (int i = 0; i < 4; i++) {
        text[i] = text[i] == NULL ? "" : text[i];
    }
    return (cihsm_mapping_schema){text[0], text[1], text[2], text[3]};
}

cihsm_status cli_mapping_open(cli_env *env, cli_mapping *of, cihsm_error *err)
{
    CLI_TRY(cli_open_client(env, &of->client, err));
    CLI_TRY(cihsm_mapping_schemas(of->client, &of->artifact, &of->only, &of->schemas, err));
    const cihsm_value *first = cihsm_value_first(of->schemas);
    if (first == NULL) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "no schema of the value mapping \"%.120s\" fits: \"cihsm value-mapping "
                        "schemas %.120s\" lists what it has",
                        of->artifact.id, of->artifact.id);
    }
    const char *state = cihsm_value_get_string(first, "State");
    of->schema = cli_mapping_schema(first);
    of->is_configured = state != NULL && strcmp(state, "Configured") == 0;
    return CIHSM_OK;
}

cihsm_status cli_mapping_choose(cli_env *env, cli_mapping *of, cihsm_error *err)
{
    CLI_TRY(cli_mapping_open(env, of, err));
    const size_t count = cihsm_value_count(of->schemas);
    if (count > 1) {
        const cihsm_mapping_schema *a = &of->schema;
        const cihsm_mapping_schema b =
            cli_mapping_schema(cihsm_value_next(cihsm_value_first(of->schemas)));
        return cli_fail(err, CIHSM_E_USAGE,
                        "%zu schemas of \"%.60s\" fit, from %.40s %.40s to %.40s %.40s and from "
                        "%.40s %.40s to %.40s %.40s: say which by --source-agency, --source-id, "
                        "--target-agency and --target-id",
                        count, of->artifact.id, a->source_agency, a->source_id, a->target_agency,
                        a->target_id, b.source_agency, b.source_id, b.target_agency, b.target_id);
    }
    return CIHSM_OK;
}

static bool is_text(const cihsm_value *row, const char *member, const char *text)
{
    const char *value = cihsm_value_get_string(row, member);
    return value != NULL && strcmp(value, text) == 0;
}

const cihsm_value *cli_mapping_find(const cihsm_value *rows, const char *source, const char *target)
{
    const cihsm_value *row = cihsm_value_first(rows);
    while (row != NULL && !(is_text(row, "SrcValue", source) && is_text(row, "TgtValue", target))) {
        row = cihsm_value_next(row);
    }
    return row;
}
