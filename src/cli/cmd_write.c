/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm create, update, delete: one entity of the tenant.
 */
#include "cli/report.h"
#include "cli/write_body.h"
#include "cli/write_send.h"

static const cli_option CREATE_OPTIONS[] = {
    CLI_BODY_OPTIONS,
    {"show", NULL, "read it again where the tenant answers with nothing", 0},
    CLI_WRITE_OPTIONS,
    {0},
};

static const cli_option UPDATE_OPTIONS[] = {
    {"patch", NULL, "change only what is given (PATCH; documented for AccessPolicies)", 0},
    {"merge", NULL, "the same by MERGE, for tenants that take it", 0},
    CLI_BODY_OPTIONS,
    {"show", NULL, "read it again where the tenant answers with nothing", 0},
    CLI_WRITE_OPTIONS,
    {0},
};

static const cli_option DELETE_OPTIONS[] = {
    CLI_WRITE_OPTIONS,
    {0},
};

static cihsm_status send_body(cli_env *env, const char *method, const char *question,
                              const char *done, cihsm_error *err)
{
    cli_parameters parameters = {.count = 0};
    CIHSM_AUTO(cli_body_free) cli_body body = {0};
    cihsm_request request = {
        .method = method, .path = env->arguments[0], .is_unchecked = cli_has(env, "unchecked")};
    CLI_TRY(cihsm_request_check(&request, err)); /* before a secret is asked for */
    CLI_TRY(cli_parameters_add(env, "query", NULL, &parameters, err));
    CLI_TRY(cli_body_read(env, request.path, &body, err));
    request.parameters = parameters.items;
    request.parameter_count = parameters.count;
    request.value = body.value;
    request.body = body.bytes;
    request.body_len = body.len;
    request.content_type = cli_value(env, "content-type");
    const cli_write write = {
        .request = &request, .question = question, .done = done, .is_shown = cli_has(env, "show")};
    return cli_write_send(env, &write, err);
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    return send_body(env, "POST", NULL, "created", err);
}

static cihsm_status run_update(cli_env *env, cihsm_error *err)
{
    if (cli_has(env, "patch") && cli_has(env, "merge")) {
        return cli_fail(err, CIHSM_E_USAGE, "--patch and --merge cannot go together");
    }
    if (cli_has(env, "patch") || cli_has(env, "merge")) {
        return send_body(env, cli_has(env, "patch") ? "PATCH" : "MERGE", NULL, "updated", err);
    }
    return send_body(env, "PUT",
                     "is replaced: what it has now is lost, properties that are left out too; go "
                     "on?",
                     "updated", err);
}

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    cli_parameters parameters = {.count = 0};
    CLI_TRY(cli_parameters_add(env, "query", NULL, &parameters, err));
    const cihsm_request request = {.method = "DELETE",
                                   .path = env->arguments[0],
                                   .parameters = parameters.items,
                                   .parameter_count = parameters.count,
                                   .is_unchecked = cli_has(env, "unchecked")};
    const cli_write write = {
        .request = &request, .question = "is deleted on the tenant; delete it?", .done = "deleted"};
    return cli_write_send(env, &write, err);
}

const cli_command CMD_CREATE = {
    .name = "create",
    .summary = "create an entity of a set (POST)",
    .arguments = "SET",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm create StringParameters --set Pid=ACME --set Id=port --set Value=8443",
    .options = CREATE_OPTIONS,
    .run = run_create,
    .is_write = true,
};

const cli_command CMD_UPDATE = {
    .name = "update",
    .summary = "replace an entity (PUT), or change some of its properties (--patch)",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm update \"StringParameters(Pid='ACME',Id='port')\" --set Value=9443",
    .options = UPDATE_OPTIONS,
    .run = run_update,
    .is_write = true,
};

const cli_command CMD_DELETE = {
    .name = "delete",
    .summary = "delete one entity",
    .arguments = "PATH",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm delete \"StringParameters(Pid='ACME',Id='port')\"",
    .options = DELETE_OPTIONS,
    .run = run_delete,
    .is_write = true,
};
