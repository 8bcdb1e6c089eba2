/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm package artifacts, download, upload, copy: packages as a whole. What is done with their
 * properties is in cli/resources_content.c.
 */
#include <sys/stat.h>

#include "cli/artifact_options.h"
#include "cli/content.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

static const cli_option DOWNLOAD_OPTIONS[] = {
    CLI_CONTENT_OPTIONS,
    {0},
};

static const cli_option UPLOAD_OPTIONS[] = {
    {"overwrite", NULL, "replace the package if the tenant has it", 0},
    {"unchecked", NULL, "send the file even if it does not look like a package", 0},
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option COPY_OPTIONS[] = {
    {"mode", "MODE",
     "if the workspace has it: CREATE_COPY, OVERWRITE, OVERWRITE_MERGE; without, it is not copied",
     0},
    {"suffix", "TEXT", "of CREATE_COPY: tells the copy from the package", 0},
    CLI_CONFIRM_OPTION,
    {0},
};

/* --- artifacts ------------------------------------------------------------------------------- */

static cihsm_status run_artifacts(cli_env *env, cihsm_error *err)
{
    cli_format format;
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cihsm_package_path(env->arguments[0], NULL, path, err));
    CLI_TRY(cihsm_query_check(path, NULL, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(cihsm_artifact_list(client, env->arguments[0], NULL, &found, err));
    return cli_print_list(env, found, "Type,Id,Version,Name", err);
}

/* --- download -------------------------------------------------------------------------------- */

static cihsm_status run_download(cli_env *env, cihsm_error *err)
{
    const char *id = env->arguments[0];
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cli_content_free) cli_content_target target = {0};
    CLI_TRY(cihsm_package_path(id, "$value", path, err));
    CLI_TRY(cihsm_download_check(path, NULL, err));
    CLI_TRY(cli_content_open(env, &target, err));
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    const cihsm_status status = cli_content_fetch(client, path, &target, err);
    return status == CIHSM_OK ? CIHSM_OK : cihsm_package_explain_download(client, id, err);
}

/* --- upload ---------------------------------------------------------------------------------- */

static cihsm_status explain_upload(void *user, cihsm_client *client, cihsm_error *err)
{
    (void)user, (void)client;
    return cihsm_package_explain_import(err);
}

/* An exported package has a hash in it, which one that was packed again would not fit. */
static cihsm_status refuse_folder(const char *path, cihsm_error *err)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode)
               ? cli_fail(err, CIHSM_E_CONFIG,
                          "%.300s is a folder: give the zip as \"cihsm package download --out\" "
                          "made it; \"cihsm artifact create\" and \"update\" take folders",
                          path)
               : CIHSM_OK;
}

static cihsm_status load(const cli_env *env, cihsm_archive **out, cihsm_error *err)
{
    const char *path = env->arguments[0];
    const bool is_checked = !cli_has(env, "unchecked");
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = NULL;
    if (is_checked) {
        CLI_TRY(refuse_folder(path, err));
    }
    CLI_TRY(cihsm_archive_load(path, &content, err));
    if (is_checked) {
        CLI_TRY(cihsm_archive_check_package(content, err));
    }
    *out = CIHSM_MOVE(content);
    return CIHSM_OK;
}

/* cli_write_send with the zip shown by its size. */
static cihsm_status send_content(cli_env *env, const cli_write *write, const cihsm_archive *content,
                                 cihsm_error *err)
{
    cli_content_shown shown = {.property = "PackageContent", .what = "a zip"};
    bool is_done = false;
    (void)cihsm_archive_bytes(content, &shown.bytes);
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

static cihsm_status run_upload(cli_env *env, cihsm_error *err)
{
    const bool overwrites = cli_has(env, "overwrite");
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *content = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(load(env, &content, err));
    CLI_TRY(cihsm_package_import(content, overwrites, &made, err));
    const cli_write write = {
        .request = cihsm_artifact_request(made),
        .subject = env->arguments[0],
        .question = overwrites ? "replaces the package that the tenant has; go on?" : NULL,
        .done = "uploaded",
        .explain = explain_upload};
    return send_content(env, &write, content, err);
}

/* --- copy ------------------------------------------------------------------------------------ */

static cihsm_status explain_copy(void *user, cihsm_client *client, cihsm_error *err)
{
    (void)client;
    const cli_env *env = user;
    return cihsm_package_explain_copy(env->arguments[0], err);
}

static cihsm_status run_copy(cli_env *env, cihsm_error *err)
{
    const char *id = env->arguments[0];
    const char *mode = cli_value(env, "mode");
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cihsm_package_path(id, NULL, path, err));
    CLI_TRY(cihsm_package_copy(id, mode, cli_value(env, "suffix"), &made, err));
    const bool replaces = mode != NULL && mode[0] == 'O';
    const cli_write write = {
        .request = cihsm_artifact_request(made),
        .subject = id,
        .question = replaces ? "of the workspace is replaced by that of Discover; go on?" : NULL,
        .done = "copied",
        .explain = explain_copy,
        .user = env};
    return cli_write_send(env, &write, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_PACKAGE_ARTIFACTS = {
    .name = "package artifacts",
    .summary = "list the artifacts of a package, of all types",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm package artifacts Sales",
    .run = run_artifacts,
};

const cli_command CMD_PACKAGE_DOWNLOAD = {
    .name = "package download",
    .summary = "download a package as a zip, or unpacked",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm package download Sales --out Sales.zip",
    .options = DOWNLOAD_OPTIONS,
    .run = run_download,
};

const cli_command CMD_PACKAGE_UPLOAD = {
    .name = "package upload",
    .summary = "import a package that was downloaded",
    .arguments = "FILE",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm package upload Sales.zip --overwrite --yes",
    .options = UPLOAD_OPTIONS,
    .run = run_upload,
    .is_write = true,
};

const cli_command CMD_PACKAGE_COPY = {
    .name = "package copy",
    .summary = "copy a package of Discover into the workspace",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm package copy SAPSales --mode CREATE_COPY --suffix .mine",
    .options = COPY_OPTIONS,
    .run = run_copy,
    .is_write = true,
};
