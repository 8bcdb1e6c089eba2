/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm artifact configure: the externalised parameters of a flow.
 */
#include <stdio.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/confirm.h"
#include "cli/input.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

enum { KEY_MAX = 512, NAMES_MAX = 300 };

static const cli_option OPTIONS[] = {
    {"set", "KEY=VALUE", "the new value of a parameter; repeat", 0},
    {"file", "FILE", "new values as a JSON object {\"key\": \"value\"}; \"-\": standard input", 0},
    CLI_ARTIFACT_VERSION_OPTION,
    CLI_CONFIRM_OPTION,
    {0},
};

static cihsm_status no_memory(cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
}

/* --- what is wanted: {"key": "value"} -------------------------------------------------------- */

static cihsm_status check_texts(const cihsm_value *wanted, const char *path, cihsm_error *err)
{
    const cihsm_value *one = cihsm_value_first(wanted);
    while (one != NULL && cihsm_value_string(one) != NULL) {
        one = cihsm_value_next(one);
    }
    if (cihsm_value_kind(wanted) != CIHSM_VALUE_OBJECT || one != NULL) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "%.200s is no JSON object whose values are texts: {\"key\": \"value\"}",
                        path);
    }
    return CIHSM_OK;
}

static cihsm_status parse_file(const char *path, const char *bytes, size_t len, cihsm_value **out,
                               cihsm_error *err)
{
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *read = NULL;
    const cihsm_status status = cihsm_value_parse(bytes, len, &read, &why);
    CLI_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_CONFIG, "%.200s: %s", path, why.message);
    }
    CLI_TRY(check_texts(read, path, err));
    *out = CIHSM_MOVE(read);
    return CIHSM_OK;
}

static cihsm_status read_file(const char *path, cihsm_value **out, cihsm_error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    CLI_TRY(cli_input_read(path, &bytes, &len, err));
    const cihsm_status status = parse_file(path, bytes, len, out, err);
    cli_input_free(&bytes, len);
    return status;
}

/* A key may have blanks and colons in it, so it ends at the first "=". */
static cihsm_status add_set(const char *text, cihsm_value *to, cihsm_error *err)
{
    char key[KEY_MAX];
    const size_t len = strcspn(text, "=");
    if (len == 0 || text[len] != '=' || len >= sizeof key) {
        return cli_fail(err, CIHSM_E_USAGE, "--set takes KEY=VALUE, not \"%.60s\"", text);
    }
    snprintf(key, sizeof key, "%.*s", (int)len, text);
    return cihsm_value_set_string(to, key, text + len + 1, err);
}

static cihsm_status read_wanted(const cli_env *env, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = NULL;
    if (cli_has(env, "file")) {
        CLI_TRY(read_file(cli_value(env, "file"), &wanted, err));
    } else if ((wanted = cihsm_value_new_object()) == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < cli_times(env, "set"); i++) {
        CLI_TRY(add_set(cli_value_at(env, "set", i), wanted, err));
    }
    *out = CIHSM_MOVE(wanted);
    return CIHSM_OK;
}

/* --- what is there --------------------------------------------------------------------------- */

static cihsm_status read_present(cihsm_client *client, const cihsm_artifact *artifact,
                                 cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_artifact_path(artifact, "Configurations", path, err));
    if (cihsm_client_get(client, path, NULL, &result, err) != CIHSM_OK) {
        return cihsm_artifact_explain(client, artifact, NULL, err);
    }
    *out = cihsm_value_copy(cihsm_result_value(result));
    return *out == NULL ? no_memory(err) : CIHSM_OK;
}

static const cihsm_value *find(const cihsm_value *present, const char *key)
{
    const cihsm_value *one = cihsm_value_first(present);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "ParameterKey");
        if (name != NULL && strcmp(name, key) == 0) {
            return one;
        }
    }
    return NULL;
}

static cihsm_status fail_unknown(const cihsm_value *present, const char *key, cihsm_error *err)
{
    char names[NAMES_MAX] = "";
    const cihsm_value *one = cihsm_value_first(present);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *name = cihsm_value_get_string(one, "ParameterKey");
        const size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s\"%.60s\"", len == 0 ? "" : ", ",
                 name == NULL ? "" : name);
    }
    return cli_fail(err, CIHSM_E_USAGE, "there is no parameter \"%.80s\": %s%s", key,
                    names[0] == '\0' ? "the flow has none" : "the flow has ", names);
}

/* --- the difference: [{"ParameterKey", "From", "To"}] ---------------------------------------- */

static cihsm_status add_difference(const cihsm_value *present, const cihsm_value *wanted,
                                   cihsm_value *to, cihsm_error *err)
{
    const char *key = cihsm_value_name(wanted);
    const cihsm_value *parameter = find(present, key);
    const char *value = cihsm_value_get_string(parameter, "ParameterValue");
    if (parameter == NULL) {
        return fail_unknown(present, key, err);
    }
    if (value != NULL && strcmp(value, cihsm_value_string(wanted)) == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return no_memory(err);
    }
    CLI_TRY(cihsm_value_set_string(row, "ParameterKey", key, err));
    CLI_TRY(cihsm_value_set_string(row, "From", value, err));
    CLI_TRY(cihsm_value_set_string(row, "To", cihsm_value_string(wanted), err));
    return cihsm_value_append(to, &row, err);
}

static cihsm_status find_differences(const cihsm_value *present, const cihsm_value *wanted,
                                     cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = cihsm_value_new_array();
    if (found == NULL) {
        return no_memory(err);
    }
    const cihsm_value *one = cihsm_value_first(wanted);
    for (; one != NULL; one = cihsm_value_next(one)) {
        CLI_TRY(add_difference(present, one, found, err));
    }
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}

/* --- the writes ------------------------------------------------------------------------------ */

typedef struct change {
    cihsm_client *client;
    cihsm_artifact *artifact;
    const cihsm_value *present;
} change;

/* @p client of the change NULL: only looks whether it can be done. */
static cihsm_status write_one(const change *of, const cihsm_value *row, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *made = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    const cihsm_value *parameter = find(of->present, cihsm_value_get_string(row, "ParameterKey"));
    CLI_TRY(cihsm_artifact_configure(of->artifact, parameter, cihsm_value_get_string(row, "To"),
                                     &made, err));
    const cli_write write = {.request = cihsm_artifact_request(made),
                             .explain = cli_explain_change,
                             .user = of->artifact};
    return of->client == NULL ? CIHSM_OK : cli_write_carry(of->client, &write, &answer, err);
}

static cihsm_status write_all(const change *of, const cihsm_value *rows, cihsm_error *err)
{
    size_t done = 0;
    const cihsm_value *row = cihsm_value_first(rows);
    for (; row != NULL; row = cihsm_value_next(row), done++) {
        const cihsm_status status = write_one(of, row, err);
        if (status != CIHSM_OK && done > 0 && of->client != NULL) {
            cli_note("%zu of %zu parameters were changed before this failed", done,
                     cihsm_value_count(rows));
        }
        CLI_TRY(status);
    }
    return CIHSM_OK;
}

static cihsm_status apply(cli_env *env, const change *of, const cihsm_value *rows, cihsm_error *err)
{
    const change looked = {.artifact = of->artifact, .present = of->present};
    CLI_TRY(write_all(&looked, rows, err));
    CLI_TRY(cli_print_list(env, rows, "ParameterKey,From,To", err));
    if (cli_has(env, "dry-run") || cihsm_value_count(rows) == 0) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_flush_stdout(err));
    const size_t count = cihsm_value_count(rows);
    const char *plural = count == 1 ? "" : "s";
    CLI_TRY(cli_confirm(env, err, "%zu parameter%s of %.200s: change them?", count, plural,
                        of->artifact->id));
    CLI_TRY(write_all(of, rows, err));
    cli_note("changed %zu parameter%s of %s", count, plural, of->artifact->id);
    return CIHSM_OK;
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    cihsm_artifact artifact;
    cli_format format;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_artifact(env, &artifact, err));
    CLI_TRY(read_wanted(env, &wanted, err));
    const bool is_list = !cli_has(env, "set") && !cli_has(env, "file");
    if (!is_list && !cli_has(env, "dry-run")) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_open_client(env, &client, err));
    CLI_TRY(read_present(client, &artifact, &present, err));
    if (is_list) {
        return cli_print_list(env, present, "ParameterKey,ParameterValue,DataType", err);
    }
    CLI_TRY(find_differences(present, wanted, &rows, err));
    const change of = {.client = client, .artifact = &artifact, .present = present};
    return apply(env, &of, rows, err);
}

const cli_command CMD_ARTIFACT_CONFIGURE = {
    .name = "artifact configure",
    .summary = "list the externalised parameters of a flow, or change them",
    .arguments = "ID",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm artifact configure Orders --set \"Receiver Host=erp.example\" --yes",
    .options = OPTIONS,
    .run = run,
    .is_write = true,
};
