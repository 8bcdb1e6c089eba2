/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact guideline skip, revert: a design guideline that does not hold for a flow.
 */
#include <stdio.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/guideline.h"
#include "cli/report.h"

enum { SUBJECT_MAX = 300 };

/* The property that names the guideline, as $metadata has it, and as SAP's description of the API
 * spells it. Tenants take one of them and refuse the other. */
static const char SPELLING[] = "GuidelineId";
static const char OTHER_SPELLING[] = "GudelineId";

static const cli_option SKIP_OPTIONS[] = {
    {"reason", "TEXT", "why it does not hold here; others read it", 0},
    CLI_EXECUTION_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option REVERT_OPTIONS[] = {
    CLI_EXECUTION_OPTION,
    CLI_ARTIFACT_VERSION_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

/* @param reason  NULL: it is no longer skipped */
static cihsm_status make_body(const char *spelling, const char *guideline, const char *reason,
                              cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = cihsm_value_new_object();
    if (body == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(body, spelling, guideline, err));
    CLI_TRY(cihsm_value_set_bool(body, "IsGuidelineSkipped", reason != NULL, err));
    if (reason != NULL) {
        CLI_TRY(cihsm_value_set_string(body, "SkipReason", reason, err));
    }
    *out = CIHSM_MOVE(body);
    return CIHSM_OK;
}

/* The tenant says 400 and the name of the property, so nothing was done. */
static bool wants_other_spelling(const cihsm_error *why)
{
    return why->status == CIHSM_E_REJECTED && strstr(why->message, SPELLING) != NULL;
}

static cihsm_status send(cihsm_client *client, const cli_write *write, const cihsm_value *other,
                         cihsm_error *err)
{
    cihsm_error why = {0};
    cihsm_request request = *write->request;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    if (cihsm_client_send(client, &request, &answer, &why) == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (!wants_other_spelling(&why)) {
        *err = why;
        return write->explain(write->user, client, err);
    }
    cli_write again = *write;
    request.value = other;
    again.request = &request;
    return cli_write_carry(client, &again, &answer, err);
}

/* A refusal that tells its own reason stays as it is. */
static cihsm_status explain(void *user, cihsm_client *client, cihsm_error *err)
{
    return err->status == CIHSM_E_NOT_FOUND ? cli_explain_change(user, client, err) : err->status;
}

static cihsm_status change(cli_env *env, const char *reason, const char *done, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    char subject[SUBJECT_MAX];
    bool is_done = false;
    const char *guideline = env->arguments[1];
    CIHSM_AUTO(cli_guideline_free) cli_guideline of = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *other = NULL;
    CLI_TRY(cli_guideline_read(env, &of, err));
    CLI_TRY(make_body(SPELLING, guideline, reason, &body, err));
    CLI_TRY(make_body(OTHER_SPELLING, guideline, reason, &other, err));
    if (!cli_has(env, "dry-run")) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    CLI_TRY(cli_guideline_open(env, &of, err));
    CLI_TRY(cli_guideline_path(&of, "$links/", NULL, path, err));
    snprintf(subject, sizeof subject, "%.100s of %.120s", guideline, of.artifact.id);
    /* the body is no entity, so its members are not looked up among the properties of one */
    const cihsm_request request = {
        .method = "PUT", .path = path, .value = body, .is_unchecked = true};
    const cli_write write = {
        .request = &request, .subject = subject, .explain = explain, .user = &of.artifact};
    CLI_TRY(cli_write_settle(env, &write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CLI_TRY(send(of.client, &write, other, err));
    cli_note("%s %s", done, subject);
    return CIHSM_OK;
}

static cihsm_status run_skip(cli_env *env, cihsm_error *err)
{
    const char *reason = cli_value(env, "reason");
    if (reason == NULL || reason[0] == '\0') {
        return cli_fail(err, CIHSM_E_USAGE, "--reason is missing: why does \"%.80s\" not hold?",
                        env->arguments[1]);
    }
    return change(env, reason, "skipped", err);
}

static cihsm_status run_revert(cli_env *env, cihsm_error *err)
{
    return change(env, NULL, "no longer skipped:", err);
}

const cli_command CMD_ARTIFACT_GUIDELINE_SKIP = {
    .name = "artifact guideline skip",
    .summary = "skip a design guideline for a flow, from now on",
    .arguments = "ID GUIDELINE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact guideline skip Orders USE_STREAMING --reason \"small messages\"",
    .options = SKIP_OPTIONS,
    .run = run_skip,
    .is_write = true,
};

const cli_command CMD_ARTIFACT_GUIDELINE_REVERT = {
    .name = "artifact guideline revert",
    .summary = "stop skipping a design guideline",
    .arguments = "ID GUIDELINE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm artifact guideline revert Orders USE_STREAMING",
    .options = REVERT_OPTIONS,
    .run = run_revert,
    .is_write = true,
};
