/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact download, create, update: the content of an artifact, as a zip or a folder.
 */
#include "cli/artifact_options.h"
#include "cli/content.h"
#include "cli/report.h"
#include "cli/session.h"

static const cli_option DOWNLOAD_OPTIONS[] = {
    CLI_CONTENT_OPTIONS,
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    {0},
};

static const cli_option CREATE_OPTIONS[] = {
    {"package", "ID", "the package that it belongs to", 0},
    {"id", "ID", "its id: Bundle-SymbolicName of its manifest", 0},
    {"name", "NAME", "its name; the id if not given", 0},
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option UPDATE_OPTIONS[] = {
    {"name", "NAME", "its name from now on; it stays as it is if not given", 0},
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

/* --- download -------------------------------------------------------------------------------- */

static cihsm_status run_download(cli_env *env, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cihsm_artifact artifact;
    CIHSM_AUTO(cli_content_free) cli_content_target target = {0};
    CLI_TRY(cli_artifact(env, &artifact, err));
    if (!cihsm_artifact_is_readable(artifact.type)) {
        return cli_fail(err, CIHSM_E_USAGE, "the tenant documents no way to download an %s",
                        cihsm_artifact_type_name(artifact.type));
    }
    CLI_TRY(cihsm_artifact_path(&artifact, "$value", path, err));
    CLI_TRY(cli_content_open(env, &target, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    const cihsm_status status = cli_content_fetch(client, path, &target, err);
    return status == CIHSM_OK ? CIHSM_OK : cihsm_artifact_explain(client, &artifact, NULL, err);
}

/* --- what is sent ---------------------------------------------------------------------------- */

/* cli_write_settle of a request with the zip in it. */
static cihsm_status settle(cli_env *env, const cli_write *write, const cihsm_archive *content,
                           bool *is_done, cihsm_error *err)
{
    cli_content_shown shown = {.property = "ArtifactContent", .what = "a zip"};
    (void)cihsm_archive_bytes(content, &shown.bytes);
    return cli_content_settle(env, write, &shown, is_done, err);
}

static cihsm_status carry(cli_env *env, cihsm_client *client, const cli_write *write,
                          cihsm_error *err)
{
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_carry(client, write, &answer, err));
    return cli_write_report(env, client, write, answer, err);
}

/* --- create ---------------------------------------------------------------------------------- */

typedef struct creation {
    cihsm_artifact artifact;
    const char *package;
    const char *name;
} creation;

static cihsm_status explain_creation(void *user, cihsm_client *client, cihsm_error *err)
{
    const creation *of = user;
    return cihsm_artifact_explain(client, &of->artifact, of->package, err);
}

static cihsm_status read_creation(const cli_env *env, creation *out, cihsm_error *err)
{
    const char *type = cli_value(env, "type");
    *out = (creation){.artifact = {.id = cli_value(env, "id")},
                      .package = cli_value(env, "package"),
                      .name = cli_value(env, "name")};
    if (out->package == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "--package is missing: which package is it for?");
    }
    if (type != NULL) {
        CLI_TRY(cihsm_artifact_type_read(type, &out->artifact.type, err));
    }
    if (out->artifact.id == NULL && out->artifact.type != CIHSM_ARTIFACT_ADAPTER) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--id is missing: it is the Bundle-SymbolicName of META-INF/MANIFEST.MF");
    }
    if (out->artifact.id == NULL) {
        out->artifact.id = "";
    }
    if (out->name == NULL) {
        out->name = out->artifact.id;
    }
    return CIHSM_OK;
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    creation of;
    bool is_done = false;
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(read_creation(env, &of, err));
    CLI_TRY(cihsm_archive_load(env->arguments[0], &content, err));
    CLI_TRY(cihsm_artifact_create(&of.artifact, of.package, of.name, content, &made, err));
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .done = "created",
                             .explain = explain_creation,
                             .user = &of};
    CLI_TRY(settle(env, &write, content, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    return carry(env, client, &write, err);
}

/* --- update ---------------------------------------------------------------------------------- */

/* A PUT without the name would reset it. */
static cihsm_status send_update(cli_env *env, const cihsm_artifact *artifact,
                                const cihsm_archive *content, cli_write *write, cihsm_error *err)
{
    const char *name = cli_value(env, "name");
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    if (name == NULL) {
        CLI_TRY(cihsm_artifact_read(client, artifact, &present, err));
        name = cihsm_value_get_string(present, "Name");
    }
    if (name == NULL) {
        return cli_fail(err, CIHSM_E_PROTOCOL,
                        "the tenant tells no name of \"%.120s\", and without one it would be "
                        "reset: give --name",
                        artifact->id);
    }
    CLI_TRY(cihsm_artifact_update(artifact, name, content, &made, err));
    write->request = cihsm_artifact_request(made);
    return carry(env, client, write, err);
}

static cihsm_status run_update(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    bool is_done = false;
    const char *name = cli_has(env, "name") ? cli_value(env, "name") : "(its present name)";
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(cihsm_archive_load(env->arguments[1], &content, err));
    CLI_TRY(cihsm_artifact_update(&artifact, name, content, &made, err));
    cli_write write = {.request = cihsm_artifact_request(made),
                       .question = "is replaced: the content that it has now is lost; go on?",
                       .done = "updated",
                       .explain = cli_explain_change,
                       .user = &artifact};
    CLI_TRY(settle(env, &write, content, &is_done, err));
    return is_done ? CIHSM_OK : send_update(env, &artifact, content, &write, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_ARTIFACT_DOWNLOAD = {
    .name = "artifact download",
    .summary = "download an artifact as a zip, or unpacked",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact download Orders --unpack Orders",
    .options = DOWNLOAD_OPTIONS,
    .run = run_download,
};

const cli_command CMD_ARTIFACT_CREATE = {
    .name = "artifact create",
    .summary = "create an artifact from a zip or a folder",
    .arguments = "FILE|DIR",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact create Orders --package Sales --id Orders --name \"New orders\"",
    .options = CREATE_OPTIONS,
    .run = run_create,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_UPDATE = {
    .name = "artifact update",
    .summary = "replace the content of an artifact by a zip or a folder",
    .arguments = "ID FILE|DIR",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact update Orders Orders --yes",
    .options = UPDATE_OPTIONS,
    .run = run_update,
    .is_write = true,
};
