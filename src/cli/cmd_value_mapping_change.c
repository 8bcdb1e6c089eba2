/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm value-mapping set, default, delete. A tenant was seen to keep less than it had accepted, so
 * each of them reads again afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/list.h"
#include "cli/report.h"
#include "cli/value_mapping.h"

enum { SUBJECT_MAX = 600, QUESTION_MAX = 300 };

static const cli_option CHANGE_OPTIONS[] = {
    CLI_SCHEMA_OPTIONS,
    CLI_UNCONFIGURED_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static const cli_option DELETE_OPTIONS[] = {
    CLI_SCHEMA_OPTIONS,
    CLI_CONFIRM_OPTION,
    {0},
};

/* One change, with what there was before. Stays in its place. */
typedef struct work {
    cli_mapping of;
    cihsm_value *before;
    const char *source; /* NULL: the whole schema */
    const char *target;
    char subject[SUBJECT_MAX];
} work;

static void free_work(work *of)
{
    cihsm_value_free(&of->before);
    cli_mapping_free(&of->of);
}

static cihsm_status begin(cli_env *env, work *out, cihsm_error *err)
{
    const cihsm_mapping_schema *schema = &out->of.schema;
    CLI_TRY(cli_mapping_read(env, &out->of, err));
    if (env->argument_count > 1) {
        out->source = env->arguments[1];
        out->target = env->arguments[2];
    }
    if (out->source != NULL && (out->source[0] == '\0' || out->target[0] == '\0')) {
        return cli_fail(err, CIHSM_E_USAGE, "a value mapping takes no empty value");
    }
    if (!cli_has(env, "dry-run")) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    CLI_TRY(cli_mapping_choose(env, &out->of, err));
    snprintf(out->subject, sizeof out->subject, "%.100s: %.60s %.60s to %.60s %.60s",
             out->of.artifact.id, schema->source_agency, schema->source_id, schema->target_agency,
             schema->target_id);
    if (out->source != NULL) {
        const size_t len = strlen(out->subject);
        snprintf(out->subject + len, sizeof out->subject - len, ", \"%.80s\" to \"%.80s\"",
                 out->source, out->target);
    }
    return cihsm_mapping_list(out->of.client, &out->of.artifact, schema, &out->before, err);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static bool is_configuring(const cli_env *env)
{
    return !cli_has(env, "unconfigured");
}

/* @param is_done  out: it was only to be shown */
static cihsm_status send(cli_env *env, work *of, const cihsm_artifact_write *made,
                         const char *question, bool *is_done, cihsm_error *err)
{
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .subject = of->subject,
                             .question = question,
                             .explain = cli_explain_change,
                             .user = &of->of.artifact};
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CLI_TRY(cli_write_settle(env, &write, is_done, err));
    return *is_done ? CIHSM_OK : cli_write_carry(of->of.client, &write, &answer, err);
}

/* --- what is there afterwards ---------------------------------------------------------------- */

static const char *text_of(const cihsm_value *row, const char *member)
{
    const char *text = cihsm_value_get_string(row, member);
    return text == NULL ? "" : text;
}

/* How many rows of before are not there any more; *first is one of them. */
static size_t count_lost(const cihsm_value *before, const cihsm_value *after,
                         const cihsm_value **first)
{
    size_t count = 0;
    for (const cihsm_value *row = cihsm_value_first(before); row != NULL;
         row = cihsm_value_next(row)) {
        if (cli_mapping_find(after, text_of(row, "SrcValue"), text_of(row, "TgtValue")) == NULL) {
            *first = count++ == 0 ? row : *first;
        }
    }
    return count;
}

/* Prints what the schema has now, and ends with the code of a failed check. */
static cihsm_status fail_changed(const cli_env *env, const cihsm_value *after, const char *what,
                                 cihsm_error *err)
{
    CLI_TRY(cli_print_list(env, after, CLI_MAPPING_COLUMNS, err));
    return cli_fail(err, CIHSM_E_CHECK, "%s; what the schema has now is printed", what);
}

static cihsm_status check_kept(const cli_env *env, const work *of, const cihsm_value *after,
                               cihsm_error *err)
{
    char what[SUBJECT_MAX];
    const cihsm_value *lost = NULL;
    const size_t count = count_lost(of->before, after, &lost);
    if (count == 0) {
        return CIHSM_OK;
    }
    snprintf(what, sizeof what,
             "the tenant accepted the change, but %zu of the %zu mappings that were there are "
             "gone, \"%.80s\" to \"%.80s\" is one: add them again",
             count, cihsm_value_count(of->before), text_of(lost, "SrcValue"),
             text_of(lost, "TgtValue"));
    return fail_changed(env, after, what, err);
}

static size_t count_targets(const cihsm_value *rows, const char *source, const char **chosen)
{
    size_t count = 0;
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        if (strcmp(text_of(row, "SrcValue"), source) == 0) {
            count++;
            if (cihsm_value_is_true(cihsm_value_get(row, "Default"))) {
                *chosen = text_of(row, "TgtValue");
            }
        }
    }
    return count;
}

static void note_targets(const work *of, const cihsm_value *after)
{
    const char *chosen = "none";
    const size_t count = count_targets(after, of->source, &chosen);
    if (count > 1) {
        cli_note("\"%.80s\" has %zu targets now, the default is \"%.80s\"", of->source, count,
                 chosen);
    }
}

static cihsm_status read_again(const work *of, cihsm_value **out, cihsm_error *err)
{
    return cihsm_mapping_list(of->of.client, &of->of.artifact, &of->of.schema, out, err);
}

/* --- set ------------------------------------------------------------------------------------- */

static cihsm_status check_set(const cli_env *env, const work *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *after = NULL;
    CLI_TRY(read_again(of, &after, err));
    if (cli_mapping_find(after, of->source, of->target) == NULL) {
        return fail_changed(env, after, "the tenant accepted the mapping, but does not have it",
                            err);
    }
    CLI_TRY(check_kept(env, of, after, err));
    note_targets(of, after);
    cli_note("set %s", of->subject);
    return CIHSM_OK;
}

static cihsm_status run_set(cli_env *env, cihsm_error *err)
{
    char question[QUESTION_MAX];
    bool is_done = false;
    CIHSM_AUTO(free_work) work of = {0};
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(begin(env, &of, err));
    const size_t count = cihsm_value_count(of.before);
    const bool is_first = !of.of.is_configured && is_configuring(env) && count > 0;
    snprintf(
        question, sizeof question,
        "is the first change of this schema, and may drop the %zu mapping%s that came with the "
        "artifact; go on?",
        count, plural(count));
    CLI_TRY(cihsm_mapping_upsert(&of.of.artifact, &of.of.schema, of.source, of.target,
                                 is_configuring(env), &made, err));
    CLI_TRY(send(env, &of, made, is_first ? question : NULL, &is_done, err));
    return is_done ? CIHSM_OK : check_set(env, &of, err);
}

/* --- default --------------------------------------------------------------------------------- */

static cihsm_status check_default(const cli_env *env, const work *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *after = NULL;
    CLI_TRY(read_again(of, &after, err));
    const cihsm_value *row = cli_mapping_find(after, of->source, of->target);
    if (!cihsm_value_is_true(cihsm_value_get(row, "Default"))) {
        return fail_changed(env, after, "the tenant accepted it, but has another default", err);
    }
    CLI_TRY(check_kept(env, of, after, err));
    cli_note("set as the default of %s", of->subject);
    return CIHSM_OK;
}

static cihsm_status run_default(cli_env *env, cihsm_error *err)
{
    bool is_done = false;
    CIHSM_AUTO(free_work) work of = {0};
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(begin(env, &of, err));
    const cihsm_value *row = cli_mapping_find(of.before, of.source, of.target);
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "%s is not there: \"cihsm value-mapping list\" shows what is", of.subject);
    }
    CLI_TRY(cihsm_mapping_default(&of.of.artifact, &of.of.schema, text_of(row, "Id"),
                                  is_configuring(env), &made, err));
    CLI_TRY(send(env, &of, made, NULL, &is_done, err));
    return is_done ? CIHSM_OK : check_default(env, &of, err);
}

/* --- delete ---------------------------------------------------------------------------------- */

static cihsm_status check_deleted(const work *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *schemas = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *after = NULL;
    const cli_mapping *mapping = &of->of;
    CLI_TRY(cihsm_mapping_schemas(mapping->client, &mapping->artifact, &mapping->schema, &schemas,
                                  err));
    if (cihsm_value_count(schemas) > 0) {
        CLI_TRY(read_again(of, &after, err));
        return cli_fail(err, CIHSM_E_CHECK,
                        "the tenant accepted the deletion, but the schema is there with %zu "
                        "mapping%s: delete it in the artifact and create that again",
                        cihsm_value_count(after), plural(cihsm_value_count(after)));
    }
    cli_note("deleted %s", of->subject);
    return CIHSM_OK;
}

static cihsm_status run_delete(cli_env *env, cihsm_error *err)
{
    char question[QUESTION_MAX];
    bool is_done = false;
    CIHSM_AUTO(free_work) work of = {0};
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CLI_TRY(begin(env, &of, err));
    CLI_TRY(cihsm_mapping_delete(&of.of.artifact, &of.of.schema, &made, err));
    const size_t count = cihsm_value_count(of.before);
    snprintf(question, sizeof question, "is deleted with all its %zu mapping%s; delete it?", count,
             plural(count));
    CLI_TRY(send(env, &of, made, question, &is_done, err));
    return is_done ? CIHSM_OK : check_deleted(&of, err);
}

/* --------------------------------------------------------------------------------------------- */

const cli_command CMD_VALUE_MAPPING_SET = {
    .name = "value-mapping set",
    .summary = "add a pair of values; the first change of a schema may drop what it had",
    .arguments = "ID SOURCE TARGET",
    .argument_min = 3,
    .argument_max = 3,
    .example = "cihsm value-mapping set Currencies USD 840 --source-agency SAP",
    .options = CHANGE_OPTIONS,
    .run = run_set,
    .is_write = true,
};

const cli_command CMD_VALUE_MAPPING_DEFAULT = {
    .name = "value-mapping default",
    .summary = "make one of several targets of a value the default",
    .arguments = "ID SOURCE TARGET",
    .argument_min = 3,
    .argument_max = 3,
    .example = "cihsm value-mapping default Currencies USD 840 --source-agency SAP",
    .options = CHANGE_OPTIONS,
    .run = run_default,
    .is_write = true,
};

const cli_command CMD_VALUE_MAPPING_DELETE = {
    .name = "value-mapping delete",
    .summary = "delete a schema with all its values; single ones cannot be deleted",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm value-mapping delete Currencies --source-agency SAP --yes",
    .options = DELETE_OPTIONS,
    .run = run_delete,
    .is_write = true,
};
