/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact deploy, undeploy, save-as-version, delete: what is done with an artifact as a
 * whole.
 */
#include <stdio.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/wait_option.h"

enum { SUBJECT_MAX = 400 };

static const cli_option DEPLOY_OPTIONS[] = {
    {"wait", "TIME",
     "until it runs, at most this long (90s, 15m, 2h); else the id of the task is "
     "printed",
     0},
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option UNDEPLOY_OPTIONS[] = {
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option CHANGE_OPTIONS[] = {
    CLI_ARTIFACT_TYPE_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

/* --- deploy ---------------------------------------------------------------------------------- */

static void tell(void *user, const char *what)
{
    cli_note("%s: %s", (const char *)user, what);
}

/* What runs now: what the runtime shows afterwards may still be that. *out NULL: nothing does. */
static cihsm_status read_before(cihsm_client *client, const char *id, cihsm_value **out,
                                cihsm_error *err)
{
    const cihsm_status status = cihsm_runtime_read(client, id, out, err);
    if (status != CIHSM_E_NOT_FOUND) {
        return status;
    }
    *err = (cihsm_error){0};
    return CIHSM_OK;
}

static cihsm_status send_task(cihsm_client *client, const cli_write *write,
                              char task[CIHSM_TASK_SIZE], cihsm_error *err)
{
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_carry(client, write, &answer, err));
    return cihsm_artifact_task(answer, task, err);
}

static cihsm_status deploy_and_wait(const cli_env *env, const cihsm_artifact *artifact,
                                    const cli_write *write, int64_t wait_s, cihsm_client *client,
                                    cihsm_error *err)
{
    char task[CIHSM_TASK_SIZE];
    char name[SUBJECT_MAX];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *before = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *running = NULL;
    CLI_TRY(read_before(client, artifact->id, &before, err));
    CLI_TRY(send_task(client, write, task, err));
    snprintf(name, sizeof name, "%s", artifact->id);
    const cihsm_deploy_wait wait = {
        .deadline_s = wait_s, .before = before, .progress = tell, .user = name};
    CLI_TRY(cihsm_artifact_wait(client, artifact, task, &wait, &running, err));
    return cli_print_object(env, running, err);
}

static cihsm_status deploy(cihsm_client *client, const cli_write *write, cihsm_error *err)
{
    char task[CIHSM_TASK_SIZE];
    CLI_TRY(send_task(client, write, task, err));
    CLI_TRY(cli_print_bytes(task, strlen(task), err));
    return cli_print_bytes("\n", 1, err);
}

static cihsm_status run_deploy(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    bool is_done = false;
    int64_t wait_s = 0;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(cli_wait_option(env, &wait_s, err));
    CLI_TRY(cihsm_artifact_deploy(&artifact, &made, err));
    const cli_write write = {
        .request = cihsm_artifact_request(made), .explain = cli_explain_change, .user = &artifact};
    CLI_TRY(cli_write_settle(env, &write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    return wait_s == 0 ? deploy(client, &write, err)
                       : deploy_and_wait(env, &artifact, &write, wait_s, client, err);
}

/* --- undeploy -------------------------------------------------------------------------------- */

/* Of a 404 it is known what is not there. */
static cihsm_status explain_undeploy(void *user, cihsm_client *client, cihsm_error *err)
{
    (void)client;
    const cihsm_artifact *artifact = user;
    if (err->status != CIHSM_E_NOT_FOUND) {
        return err->status;
    }
    *err = (cihsm_error){0};
    return cli_fail(err, CIHSM_E_NOT_FOUND,
                    "404 from tenant: nothing is deployed under the id \"%.120s\"; \"cihsm runtime "
                    "list\" lists what is",
                    artifact->id);
}

static cihsm_status run_undeploy(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(cihsm_artifact_undeploy(&artifact, &made, err));
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = artifact.id,
                             .question = "is taken off the runtime, messages to it fail from then "
                                         "on; go on?",
                             .done = "undeployed",
                             .explain = explain_undeploy,
                             .user = &artifact};
    return cli_write_send(env, &write, err);
}

/* --- versions, deletion ---------------------------------------------------------------------- */

static cihsm_status run_save_as_version(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    char subject[SUBJECT_MAX];
    const char *version = env->arguments[1];
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(cihsm_artifact_save_as_version(&artifact, version, &made, err));
    snprintf(subject, sizeof subject, "%.200s as version %.60s", artifact.id, version);
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = subject,
                             .done = "saved",
                             .explain = cli_explain_change,
                             .user = &artifact};
    return cli_write_send(env, &write, err);
}

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(cihsm_artifact_delete(&artifact, &made, err));
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .question = "is deleted from its package, what is deployed of it "
                                         "stays; delete it?",
                             .done = "deleted",
                             .explain = cli_explain_change,
                             .user = &artifact};
    return cli_write_send(env, &write, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_ARTIFACT_DEPLOY = {
    .name = "artifact deploy",
    .summary = "deploy an artifact, and with --wait see it run or learn why not",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact deploy Orders --wait 5m",
    .options = DEPLOY_OPTIONS,
    .run = run_deploy,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_UNDEPLOY = {
    .name = "artifact undeploy",
    .summary = "take an artifact off the runtime",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact undeploy Orders --yes",
    .options = UNDEPLOY_OPTIONS,
    .run = run_undeploy,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_SAVE_AS_VERSION = {
    .name = "artifact save-as-version",
    .summary = "give the present draft of an artifact a version",
    .arguments = "ID VERSION",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact save-as-version Orders 1.0.4",
    .options = CHANGE_OPTIONS,
    .run = run_save_as_version,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_DELETE = {
    .name = "artifact delete",
    .summary = "delete an artifact from its package",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact delete Orders --yes",
    .options = CHANGE_OPTIONS,
    .run = run_delete,
    .is_write = true,
};
