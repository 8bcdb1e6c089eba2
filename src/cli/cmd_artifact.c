/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact list, show, status, endpoints: what there is.
 */
#include "cli/artifact_options.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

static const cli_option LIST_OPTIONS[] = {
    {"package", "ID", "the package; the tenant lists artifacts by package only", 0},
    {"type", "TYPE", "only flow, message-mapping, value-mapping or script-collection", 0},
    {0},
};

static const cli_option SHOW_OPTIONS[] = {
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option STATUS_OPTIONS[] = {
    CLI_ARTIFACT_TYPE_OPTION,
    {0},
};

/* --- list, show ------------------------------------------------------------------------------ */

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    const char *package = cli_value(env, "package");
    const char *name = cli_value(env, "type");
    cihsm_artifact_type type = CIHSM_ARTIFACT_FLOW;
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    if (package == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--package is missing: the tenant lists artifacts by package only; "
                        "\"cihsm package list\" tells which packages there are");
    }
    if (name != NULL) {
        CLI_TRY(cihsm_artifact_type_read(name, &type, err));
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_artifact_list(client, package, name == NULL ? NULL : &type, &found, err));
    return cli_print_list(env, found, "Type,Id,Version,Name", err);
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_artifact(env, &artifact, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_artifact_read(client, &artifact, &found, err));
    return cli_print_object(env, found, err);
}

/* --- status ---------------------------------------------------------------------------------- */

/* Copies a member under a name of its own; null where there is none. */
static cihsm_status copy(cihsm_value *to, const char *name, const cihsm_value *from,
                         const char *member, cihsm_error *err)
{
    return cihsm_value_set_string(to, name, cihsm_value_get_string(from, member), err);
}

static cihsm_status fill_status(cihsm_value *row, const cihsm_value *design,
                                const cihsm_value *runtime, cihsm_error *err)
{
    const char *status = cihsm_value_get_string(runtime, "Status");
    CLI_TRY(copy(row, "Name", design != NULL ? design : runtime, "Name", err));
    CLI_TRY(copy(row, "PackageId", design, "PackageId", err));
    CLI_TRY(copy(row, "DesigntimeVersion", design, "Version", err));
    CLI_TRY(copy(row, "RuntimeVersion", runtime, "Version", err));
    CLI_TRY(cihsm_value_set_string(row, "Status", runtime == NULL ? "NOT_DEPLOYED" : status, err));
    CLI_TRY(copy(row, "DeployedBy", runtime, "DeployedBy", err));
    CLI_TRY(copy(row, "DeployedOn", runtime, "DeployedOn", err));
    return copy(row, "Error", runtime, "Error", err);
}

static cihsm_status print_status(const cli_env *env, const char *id, const cihsm_value *design,
                                 const cihsm_value *runtime, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Id", id, err));
    CLI_TRY(fill_status(row, design, runtime, err));
    return cli_print_object(env, row, err);
}

/* An artifact can be in a package, on the runtime, or in both. */
static cihsm_status read_both(cihsm_client *client, const cihsm_artifact *artifact,
                              cihsm_value **design, cihsm_value **runtime, cihsm_error *err)
{
    cihsm_status status = cihsm_runtime_read(client, artifact->id, runtime, err);
    if (status != CIHSM_OK && status != CIHSM_E_NOT_FOUND) {
        return status;
    }
    if (cihsm_artifact_is_readable(artifact->type)) {
        status = cihsm_artifact_read(client, artifact, design, err);
    }
    if (status == CIHSM_E_NOT_FOUND && *runtime != NULL) {
        *err = (cihsm_error){0};
        return CIHSM_OK;
    }
    return status;
}

static cihsm_status run_status(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    cli_format format;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_artifact(env, &artifact, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *design = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *runtime = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(read_both(client, &artifact, &design, &runtime, err));
    return print_status(env, artifact.id, design, runtime, err);
}

/* --- endpoints ------------------------------------------------------------------------------- */

static cihsm_status add_point(cli_list *to, const cihsm_value *endpoint, const cihsm_value *point,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(copy(row, "Name", endpoint, "Name", err));
    CLI_TRY(copy(row, "Protocol", endpoint, "Protocol", err));
    CLI_TRY(copy(row, "Version", endpoint, "Version", err));
    CLI_TRY(copy(row, "Type", point, "Type", err));
    CLI_TRY(copy(row, "Url", point, "Url", err));
    return cli_list_add_one(to, row, err);
}

/* JSON as the tenant has it; a row an URL in a table and CSV. */
static cihsm_status add_endpoint(cli_list *to, const cihsm_value *endpoint, cihsm_error *err)
{
    if (cli_is_json(to->format)) {
        return cli_list_add_one(to, endpoint, err);
    }
    const cihsm_value *point = cihsm_value_first(cihsm_value_get(endpoint, "EntryPoints"));
    if (point == NULL) {
        return add_point(to, endpoint, NULL, err);
    }
    for (; point != NULL; point = cihsm_value_next(point)) {
        CLI_TRY(add_point(to, endpoint, point, err));
    }
    return CIHSM_OK;
}

static cihsm_status add_page(cihsm_result *result, cli_list *to, cihsm_error *err)
{
    const cihsm_value *endpoint = cihsm_value_first(cihsm_result_value(result));
    for (; endpoint != NULL; endpoint = cihsm_value_next(endpoint)) {
        CLI_TRY(add_endpoint(to, endpoint, err));
    }
    return CIHSM_OK;
}

static cihsm_status run_endpoints(cli_env *env, cihsm_error *err)
{
    cihsm_query query = CIHSM_QUERY_INIT;
    query.expand = "EntryPoints,ApiDefinitions";
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = "Name,Protocol,Url"};
    CLI_TRY(cli_output_format(env, &list.format, err));
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_client_get(client, "ServiceEndpoints", &query, &result, err));
    CLI_TRY(add_page(result, &list, err));
    while (cihsm_result_has_more(result)) {
        CLI_TRY(cihsm_result_next(result, err));
        CLI_TRY(add_page(result, &list, err));
    }
    return cli_list_end(&list, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_ARTIFACT_LIST = {
    .name = "artifact list",
    .summary = "list the artifacts of a package",
    .arguments = "",
    .example = "cihsm artifact list --package Sales",
    .options = LIST_OPTIONS,
    .run = run_list,
};

const cli_command CMD_ARTIFACT_SHOW = {
    .name = "artifact show",
    .summary = "show the properties of an artifact",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact show Orders",
    .options = SHOW_OPTIONS,
    .run = run_show,
};

const cli_command CMD_ARTIFACT_STATUS = {
    .name = "artifact status",
    .summary = "show an artifact in its package and on the runtime, with its error",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact status Orders",
    .options = STATUS_OPTIONS,
    .run = run_status,
};

const cli_command CMD_ARTIFACT_ENDPOINTS = {
    .name = "artifact endpoints",
    .summary = "list the URLs at which deployed flows can be called",
    .arguments = "",
    .example = "cihsm artifact endpoints",
    .run = run_endpoints,
};
