/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact resource list, get, add, update, delete: the files in an artifact.
 */
#include <stdio.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/content.h"
#include "cli/input.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/session.h"

enum { SUBJECT_MAX = 400 };

#define TYPE_OPTION                                                                  \
    {                                                                                \
        "type", "TYPE", "flow (if not given), message-mapping, script-collection", 0 \
    }
#define KIND_OPTIONS                                                                       \
    {"resource-type", "TYPE",                                                              \
     "edmx, groovy, jar, js, mmap, opmap, wsdl, xsd, xslt; if not given, by its name", 0}, \
    {                                                                                      \
        "referenced-type", "TYPE", "wsdl: of an XSD that belongs to a WSDL", 0             \
    }
#define NAME_OPTION                                                  \
    {                                                                \
        "name", "NAME", "its name; that of the file if not given", 0 \
    }

static const cli_option LIST_OPTIONS[] = {
    TYPE_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option GET_OPTIONS[] = {
    KIND_OPTIONS, {"out", "PATH", "write to this file; DIR/: to a new file there, by its name", 0},
    TYPE_OPTION,  CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option PUT_OPTIONS[] = {
    NAME_OPTION, KIND_OPTIONS, TYPE_OPTION, CLI_CONFIRM_OPTION, {0},
};

static const cli_option DELETE_OPTIONS[] = {
    KIND_OPTIONS,
    TYPE_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

/* --- which one ------------------------------------------------------------------------------- */

/* Stays in its place. */
typedef struct target {
    cihsm_artifact artifact;
    cihsm_artifact_resource resource;
} target;

static cihsm_status read_target(const cli_env *env, const char *name, target *out, cihsm_error *err)
{
    CLI_TRY(cli_artifact(env, &out->artifact, err));
    out->resource = (cihsm_artifact_resource){.artifact = &out->artifact,
                                              .name = name,
                                              .type = cli_value(env, "resource-type"),
                                              .referenced_type = cli_value(env, "referenced-type")};
    return CIHSM_OK;
}

/* A 404 is about the artifact or about the resource; the artifact can be looked for. */
static cihsm_status explain(void *user, cihsm_client *client, cihsm_error *err)
{
    const target *of = user;
    const bool is_missing = err->status == CIHSM_E_NOT_FOUND;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    cihsm_error why = {0};
    if (!is_missing ||
        cihsm_artifact_read(client, &of->artifact, &present, &why) == CIHSM_E_NOT_FOUND) {
        return cihsm_artifact_explain(client, &of->artifact, NULL, err);
    }
    const cihsm_error said = *err;
    *err = (cihsm_error){0};
    (void)cli_fail(err, CIHSM_E_NOT_FOUND,
                   "404 from tenant: the artifact \"%.120s\" has no resource \"%.120s\" of this "
                   "type: \"cihsm artifact resource list\" tells what it has",
                   of->artifact.id, of->resource.name == NULL ? "" : of->resource.name);
    err->origin = said.origin;
    err->native = said.native;
    return CIHSM_E_NOT_FOUND;
}

/* --- list ------------------------------------------------------------------------------------ */

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    target of;
    cli_format format;
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(read_target(env, NULL, &of, err));
    CLI_TRY(cihsm_artifact_resource_list_path(&of.artifact, path, err));
    CLI_TRY(cihsm_query_check(path, NULL, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    if (cihsm_client_stream(client, path, NULL, NULL, &result, err) != CIHSM_OK) {
        return cihsm_artifact_explain(client, &of.artifact, NULL, err);
    }
    return cli_print_result(env, result, "Name,ResourceType,ReferencedResourceType,ResourceSize",
                            "Resources", err);
}

/* --- get ------------------------------------------------------------------------------------- */

static cihsm_status run_get(cli_env *env, cihsm_error *err)
{
    target of;
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(value_target_free) value_target file = {0};
    CLI_TRY(read_target(env, env->arguments[1], &of, err));
    CLI_TRY(cihsm_artifact_resource_path(&of.resource, "$value", path, err));
    const cihsm_parameter parameter = {.name = "ReferencedResourceType",
                                       .value = of.resource.referenced_type};
    cihsm_query query = CIHSM_QUERY_INIT;
    query.parameters = &parameter;
    query.parameter_count = parameter.value == NULL ? 0 : 1;
    CLI_TRY(cihsm_download_check(path, &query, err));
    CLI_TRY(value_target_open(env, &file, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    cli_progress_begin(NULL);
    const cihsm_sink sink = value_target_sink(&file);
    if (cihsm_client_download(client, path, &query, &sink, err) != CIHSM_OK) {
        return explain(&of, client, err);
    }
    return value_target_commit(&file, err);
}

/* --- add, update, delete --------------------------------------------------------------------- */

/* Its last part. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* cli_write_send with a content that is shown by its size. */
static cihsm_status send_content(cli_env *env, const cli_write *write, size_t bytes,
                                 cihsm_error *err)
{
    const cli_content_shown shown = {
        .property = "ResourceContent", .what = "a file", .bytes = bytes};
    bool is_done = false;
    CLI_TRY(cli_content_settle(env, write, &shown, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cli_write_carry(client, write, &answer, err));
    return cli_write_report(env, client, write, answer, err);
}

typedef cihsm_status (*make_fn)(const cihsm_artifact_resource *resource, const void *bytes,
                                size_t len, cihsm_artifact_write **out, cihsm_error *err);

static cihsm_status make_of_file(const char *path, const target *of, make_fn make, size_t *len,
                                 cihsm_artifact_write **out, cihsm_error *err)
{
    char *bytes = NULL;
    CLI_TRY(cli_input_read(path, &bytes, len, err));
    const cihsm_status status = make(&of->resource, bytes, *len, out, err);
    cli_input_free(&bytes, *len);
    return status;
}

static void set_subject(const target *of, char out[SUBJECT_MAX])
{
    snprintf(out, SUBJECT_MAX, "resource \"%.120s\" of \"%.120s\"", of->resource.name,
             of->artifact.id);
}

static cihsm_status send_file(cli_env *env, make_fn make, const char *question, const char *done,
                              cihsm_error *err)
{
    target of;
    size_t len = 0;
    char subject[SUBJECT_MAX];
    const char *path = env->arguments[1];
    const char *name = cli_value(env, "name");
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(read_target(env, name == NULL ? name_of(path) : name, &of, err));
    CLI_TRY(make_of_file(path, &of, make, &len, &made, err));
    set_subject(&of, subject);
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = subject,
                             .question = question,
                             .done = done,
                             .explain = explain,
                             .user = &of};
    return send_content(env, &write, len, err);
}

static cihsm_status run_add(cli_env *env, cihsm_error *err)
{
    return send_file(env, cihsm_artifact_resource_add, NULL, "added", err);
}

static cihsm_status run_update(cli_env *env, cihsm_error *err)
{
    return send_file(env, cihsm_artifact_resource_update,
                     "is replaced: the content that it has now is lost; go on?", "updated", err);
}

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    target of;
    char subject[SUBJECT_MAX];
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(read_target(env, env->arguments[1], &of, err));
    CLI_TRY(cihsm_artifact_resource_delete(&of.resource, &made, err));
    set_subject(&of, subject);
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = subject,
                             .question = "is deleted; delete it?",
                             .done = "deleted",
                             .explain = explain,
                             .user = &of};
    return cli_write_send(env, &write, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_ARTIFACT_RESOURCE_LIST = {
    .name = "artifact resource list",
    .summary = "list the files in an artifact: scripts, schemas, mappings",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact resource list Orders",
    .options = LIST_OPTIONS,
    .run = run_list,
};

const cli_command CMD_ARTIFACT_RESOURCE_GET = {
    .name = "artifact resource get",
    .summary = "print a file of an artifact",
    .arguments = "ID NAME",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact resource get Orders order.xsd --out order.xsd",
    .options = GET_OPTIONS,
    .run = run_get,
};

const cli_command CMD_ARTIFACT_RESOURCE_ADD = {
    .name = "artifact resource add",
    .summary = "add a file to an artifact",
    .arguments = "ID FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact resource add Orders xsd/order.xsd",
    .options = PUT_OPTIONS,
    .run = run_add,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_RESOURCE_UPDATE = {
    .name = "artifact resource update",
    .summary = "replace a file of an artifact",
    .arguments = "ID FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact resource update Orders xsd/order.xsd --yes",
    .options = PUT_OPTIONS,
    .run = run_update,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_RESOURCE_DELETE = {
    .name = "artifact resource delete",
    .summary = "delete a file of an artifact",
    .arguments = "ID NAME",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact resource delete Orders order.xsd --yes",
    .options = DELETE_OPTIONS,
    .run = run_delete,
    .is_write = true,
};
