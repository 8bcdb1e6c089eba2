/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create, update, set and delete of the resources.
 */
#include <stdio.h>
#include <string.h>

#include "cli/input.h"
#include "cli/pin.h"
#include "cli/report.h"
#include "cli/resource.h"
#include "cli/session.h"
#include "cli/write_body.h"
#include "cli/write_send.h"

enum { SUBJECT_MAX = 400, QUESTION_MAX = 200 };

/* A write of one entity. Stays in its place. */
typedef struct work {
    cli_target of;
    cihsm_client *client;
    cihsm_value *present; /* what the tenant has; NULL: nothing, or it does not matter */
    cli_body body;
    char path[CIHSM_PATH_SIZE];
    char subject[SUBJECT_MAX];
} work;

static void free_work(work *of)
{
    cihsm_client_free(&of->client);
    cihsm_value_free(&of->present);
    cli_body_free(&of->body);
}

/* --- body ------------------------------------------------------------------------------------ */

static cihsm_status set_secret(work *to, const cli_field *field, const char *source,
                               cihsm_error *err)
{
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    if (cli_has(to->of.env, "dry-run")) { /* which shows the body */
        return cihsm_value_set_string(to->body.value, field->property, "(secret)", err);
    }
    CLI_TRY(cli_secret_read(source, field->property, &secret, err));
    return cihsm_value_set_string(to->body.value, field->property, cihsm_secret_bytes(secret), err);
}

static cihsm_status set_file(work *to, const cli_field *field, const char *path, cihsm_error *err)
{
    CLI_TRY(cli_input_read(path, &to->body.bytes, &to->body.len, err));
    const cihsm_status status =
        cihsm_value_set_bytes(to->body.value, field->property, to->body.bytes, to->body.len, err);
    cli_input_free(&to->body.bytes, to->body.len);
    return status;
}

/* What was given for a field. */
static cihsm_status set_given(work *to, const cli_field *field, const char *value, cihsm_error *err)
{
    if ((field->traits & CLI_SECRET) != 0) {
        return set_secret(to, field, value, err);
    }
    if ((field->traits & CLI_FILE) != 0) {
        return set_file(to, field, value, err);
    }
    return cihsm_body_set_text(to->body.value, to->of.kind->set, field->property, value, err);
}

static cihsm_status keep_present(work *to, const cli_field *field, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *copy = cihsm_value_copy(cihsm_value_get(to->present, field->property));
    return copy == NULL ? CIHSM_OK : cihsm_value_set(to->body.value, field->property, &copy, err);
}

/* All that is in the tenant's hands is the link to the entity above. */
static bool is_of_body(const cli_kind *kind, const cli_field *field, bool is_new)
{
    const bool is_above = kind->parent != NULL && (field->traits & CLI_FOUND) != 0;
    const bool is_key = (field->traits & (CLI_KEY | CLI_FOUND)) != 0;
    return (field->verbs & CLI_WRITES) != 0 && !is_above &&
           (field->traits & (CLI_COMPLETED | CLI_PARAMETER)) == 0 &&
           (is_new || !is_key || kind->repeats_key);
}

static cihsm_status require(const cli_kind *kind, const cli_field *field, bool is_new,
                            cihsm_error *err)
{
    const bool is_secret = (field->traits & CLI_SECRET) != 0;
    const bool is_kept = !is_secret && (field->traits & CLI_FILE) == 0;
    if ((field->traits & CLI_REQUIRED) == 0 || (is_kept && !is_new)) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE, "--%s is missing: %s%s", field->name,
                    cli_field_purpose(kind, field),
                    is_secret && !is_new ? "; a change replaces the secret too" : "");
}

/* What can be told to be missing before a login. */
static cihsm_status check_given(const cli_target *of, bool is_new, cihsm_error *err)
{
    bool changes = is_new;
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const bool is_given = cli_target_value(of, field) != NULL;
        if (!is_of_body(of->kind, field, is_new)) {
            continue;
        }
        changes = changes || (is_given && (field->traits & CLI_KEY) == 0);
        if (!is_given) {
            CLI_TRY(require(of->kind, field, is_new, err));
        }
    }
    if (!changes) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "nothing to change is given: \"cihsm %s --help\" lists the options",
                        of->env->command->name);
    }
    return CIHSM_OK;
}

/* Secrets only, which are read before a login, or all the rest. */
static cihsm_status add_fields(work *to, bool is_new, bool secrets, cihsm_error *err)
{
    const cli_kind *kind = to->of.kind;
    for (const cli_field *field = kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(&to->of, field);
        if (!is_of_body(kind, field, is_new) ||
            ((field->traits & (CLI_SECRET | CLI_FILE)) != 0) != secrets) {
            continue;
        }
        if (value == NULL && is_new) {
            value = field->otherwise;
        }
        CLI_TRY(value != NULL ? set_given(to, field, value, err) : keep_present(to, field, err));
    }
    return CIHSM_OK;
}

/* A reference to the entity above, as OData V2 writes one: by its place. */
static cihsm_status add_link(work *to, cihsm_error *err)
{
    const cli_parent *parent = to->of.kind->parent;
    char path[CIHSM_PATH_SIZE];
    char name[128];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(cli_target_find(&to->of, to->client, NULL, &found, err));
    const char *id = cihsm_value_get_string(found, "Id");
    snprintf(path, sizeof path, "%s(%sL)", parent->set, id == NULL ? "" : id);
    snprintf(name, sizeof name, "%s.__metadata.uri", parent->link);
    return cihsm_body_set_text(to->body.value, to->of.kind->set, name, path, err);
}

/* --- sending --------------------------------------------------------------------------------- */

static cihsm_status begin(cli_env *env, cli_verb verb, work *out, cihsm_error *err)
{
    CLI_TRY(cli_target_read(env, verb, &out->of, err));
    cli_target_subject(&out->of, out->subject, sizeof out->subject);
    out->body.value = cihsm_value_new_object();
    if (out->body.value == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    return cli_has(env, "dry-run") ? CIHSM_OK : cli_write_check_protection(env, err);
}

/* Asks, opens a client if there is none yet, sends. */
static cihsm_status finish(work *of, const char *method, const char *question, const char *done,
                           cihsm_error *err)
{
    cli_env *env = of->of.env;
    bool is_done = false;
    const bool has_body = strcmp(method, "DELETE") != 0;
    cihsm_parameter parameters[CLI_TARGET_PARAMETERS_MAX];
    const cihsm_request request = {.method = method,
                                   .path = of->path,
                                   .parameters = parameters,
                                   .parameter_count = cli_target_parameters(&of->of, parameters),
                                   .value = has_body ? of->body.value : NULL};
    const cli_write write = {.request = &request,
                             .subject = of->subject,
                             .question = question,
                             .done = done,
                             .is_shown = has_body && cli_has(env, "show"),
                             .explain = cli_target_explain,
                             .user = &of->of};
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_settle(env, &write, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    if (of->client == NULL) {
        CLI_TRY(cli_open_client(env, &of->client, err));
    }
    CLI_TRY(cli_write_carry(of->client, &write, &answer, err));
    return cli_write_report(env, of->client, &write, answer, err);
}

static cihsm_status send_new(work *of, cihsm_error *err)
{
    CLI_TRY(add_fields(of, true, false, err));
    snprintf(of->path, sizeof of->path, "%s", of->of.kind->set);
    return finish(of, "POST", NULL, "created", err);
}

/* The tenant itself makes it or replaces it. */
static cihsm_status send_either(work *of, cihsm_error *err)
{
    CLI_TRY(check_given(&of->of, true, err));
    CLI_TRY(add_fields(of, true, true, err));
    CLI_TRY(add_fields(of, true, false, err));
    snprintf(of->path, sizeof of->path, "%s", of->of.kind->set);
    return finish(of, of->of.kind->method, "is replaced if the tenant has it already; go on?",
                  "set", err);
}

/* An update that would take something away without a word. */
static cihsm_status check_dropped(const work *of, cihsm_error *err)
{
    const char *dropped = of->of.kind->dropped;
    const size_t count =
        dropped == NULL ? 0 : cihsm_value_count(cihsm_value_get(of->present, dropped));
    if (count > 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "%.120s has %zu of %s, which the tenant drops at any change and takes with "
                        "a new one only: delete it and create it again",
                        of->subject, count, dropped);
    }
    return CIHSM_OK;
}

static cihsm_status send_change(work *of, cihsm_error *err)
{
    const char *method = of->of.kind->method;
    CLI_TRY(check_dropped(of, err));
    CLI_TRY(add_fields(of, false, false, err));
    CLI_TRY(cli_target_path(&of->of, of->client, NULL, of->path, err));
    return finish(of, method == NULL ? "PUT" : method,
                  method == NULL ? "is changed on the tenant; change it?" : NULL, "updated", err);
}

/* --- verbs ----------------------------------------------------------------------------------- */

cihsm_status cli_resource_create(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(free_work) work of = {0};
    CLI_TRY(begin(env, CLI_VERB_CREATE, &of, err));
    CLI_TRY(check_given(&of.of, true, err));
    if (of.of.kind->complete != NULL) {
        CLI_TRY(of.of.kind->complete(env, of.body.value, err));
    }
    CLI_TRY(add_fields(&of, true, true, err));
    if (of.of.kind->parent != NULL) {
        CLI_TRY(cli_open_client(env, &of.client, err));
        CLI_TRY(add_link(&of, err));
    }
    return send_new(&of, err);
}

cihsm_status cli_resource_update(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(free_work) work of = {0};
    CLI_TRY(begin(env, CLI_VERB_UPDATE, &of, err));
    CLI_TRY(check_given(&of.of, false, err));
    CLI_TRY(add_fields(&of, false, true, err));
    CLI_TRY(cli_open_client(env, &of.client, err));
    if (of.of.kind->method == NULL) {
        CLI_TRY(cli_target_fetch(&of.of, of.client, of.of.kind->dropped, &of.present, err));
    }
    return send_change(&of, err);
}

cihsm_status cli_resource_set(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(free_work) work of = {0};
    CLI_TRY(begin(env, CLI_VERB_SET, &of, err));
    if (of.of.kind->method != NULL) {
        return send_either(&of, err);
    }
    CLI_TRY(check_given(&of.of, false, err));
    CLI_TRY(add_fields(&of, false, true, err));
    CLI_TRY(cli_open_client(env, &of.client, err));
    const cihsm_status status = cli_target_fetch(&of.of, of.client, NULL, &of.present, err);
    if (status == CIHSM_E_NOT_FOUND) {
        *err = (cihsm_error){0};
        CLI_TRY(check_given(&of.of, true, err));
        return send_new(&of, err);
    }
    return status == CIHSM_OK ? send_change(&of, err) : status;
}

cihsm_status cli_resource_delete(cli_env *env, cihsm_error *err)
{
    char question[QUESTION_MAX];
    CIHSM_AUTO(free_work) work of = {0};
    CLI_TRY(begin(env, CLI_VERB_DELETE, &of, err));
    const char *loss = of.of.resource->loss;
    snprintf(question, sizeof question, "is deleted on the tenant%s%s; delete it?",
             loss == NULL ? "" : " ", loss == NULL ? "" : loss);
    if (cli_target_asks(&of.of)) {
        CLI_TRY(cli_open_client(env, &of.client, err));
    }
    CLI_TRY(cli_target_path(&of.of, of.client, NULL, of.path, err));
    const char *done = of.of.kind->deleted;
    return finish(&of, "DELETE", question, done == NULL ? "deleted" : done, err);
}
