/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm custom-tag show, set: which custom tags the packages of the tenant can have. It is one
 * document (cli/custom_tags.h).
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/content.h"
#include "cli/custom_tags.h"
#include "cli/list.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

enum { QUESTION_MAX = 300, JOINED_MAX = 512 };

static const char PATH[] = "CustomTagConfigurations('CustomTags')/$value";
static const char CONTENT[] = "CustomTagsConfigurationContent";

static const cli_option SET_OPTIONS[] = {
    CLI_CONFIRM_OPTION,
    {0},
};

static cihsm_status no_memory(cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
}

/* --- what the tenant has --------------------------------------------------------------------- */

static cihsm_status read_present(cihsm_client *client, cihsm_value **out, cihsm_error *err)
{
    size_t len = 0;
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_client_get(client, PATH, NULL, &result, err));
    const char *bytes = cihsm_result_bytes(result, &len);
    const cihsm_status status = cihsm_value_parse(bytes, len, out, &why);
    CLI_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "the custom tags of the tenant: %s", why.message);
    }
    return CIHSM_OK;
}

/* A table shows the permitted values, not how many they are. */
static cihsm_status add_tag(cli_list *to, const cihsm_value *tag, cihsm_error *err)
{
    char joined[JOINED_MAX] = "";
    const cihsm_value *values = cihsm_value_get(tag, "permittedValues");
    const cihsm_value *one = cihsm_value_first(values);
    if (to->format != CLI_TABLE || one == NULL) {
        return cli_list_add_one(to, tag, err);
    }
    for (size_t len = 0; one != NULL && len < sizeof joined; one = cihsm_value_next(one)) {
        const char *text = cihsm_value_string(one);
        len += (size_t)snprintf(joined + len, sizeof joined - len, "%s%s", len == 0 ? "" : ", ",
                                text == NULL ? "" : text);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_copy(tag);
    if (row == NULL) {
        return no_memory(err);
    }
    CLI_TRY(cihsm_value_set_string(row, "permittedValues", joined, err));
    return cli_list_add_one(to, row, err);
}

static cihsm_status print_tags(const cli_env *env, const cihsm_value *tags, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list list = {.columns = "tagName,isMandatory,permittedValues"};
    CLI_TRY(cli_output_format(env, &list.format, err));
    for (const cihsm_value *tag = cihsm_value_first(tags); tag != NULL;
         tag = cihsm_value_next(tag)) {
        CLI_TRY(add_tag(&list, tag, err));
    }
    return cli_list_end(&list, err);
}

static cihsm_status run_show(cli_env *env, cihsm_error *err)
{
    cli_format format;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    CLI_TRY(cli_output_format(env, &format, err));
    CLI_TRY(cli_open_client(env, &client, err));
    const cihsm_status status = read_present(client, &present, err);
    if (status == CIHSM_E_NOT_FOUND) {
        *err = (cihsm_error){0};
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "404 from tenant: it has no custom tags; \"cihsm custom-tag set FILE\" "
                        "gives it some");
    }
    CLI_TRY(status);
    return print_tags(env, cihsm_value_get(present, CLI_CUSTOM_TAGS), err);
}

/* --- the write ------------------------------------------------------------------------------- */

static cihsm_status write_text(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return fwrite(bytes, 1, len, user) == len ? CIHSM_OK : no_memory(err);
}

static void text_free(char **text)
{
    free(*text);
}

/* @param len  of the document, bytes */
static cihsm_status make_body(const cihsm_value *wanted, cihsm_value **out, size_t *len,
                              cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *text = NULL;
    FILE *stream = open_memstream(&text, len);
    if (stream == NULL) {
        return no_memory(err);
    }
    const cihsm_status status = cihsm_value_write(wanted, 0, write_text, stream, err);
    if (fclose(stream) != 0 || status != CIHSM_OK) {
        return status == CIHSM_OK ? no_memory(err) : status;
    }
    *out = cihsm_value_new_object();
    return *out == NULL ? no_memory(err) : cihsm_value_set_bytes(*out, CONTENT, text, *len, err);
}

/* How many tags are there now and will not be; *first is the name of one. */
static size_t count_lost(const cihsm_value *present, const cihsm_value *wanted, const char **first)
{
    size_t count = 0;
    const cihsm_value *tag = cihsm_value_first(cihsm_value_get(present, CLI_CUSTOM_TAGS));
    for (; tag != NULL; tag = cihsm_value_next(tag)) {
        const char *name = cihsm_value_get_string(tag, "tagName");
        if (name != NULL &&
            cli_custom_tag(cihsm_value_get(wanted, CLI_CUSTOM_TAGS), name) == NULL) {
            *first = count++ == 0 ? name : *first;
        }
    }
    return count;
}

static void make_question(const cihsm_value *present, const cihsm_value *wanted,
                          char out[QUESTION_MAX])
{
    const char *first = "";
    const size_t lost = count_lost(present, wanted, &first);
    const size_t count = cihsm_value_count(cihsm_value_get(present, CLI_CUSTOM_TAGS));
    int len = snprintf(out, QUESTION_MAX, "replace the %zu that are there", count);
    if (lost > 0) {
        len += snprintf(out + len, QUESTION_MAX - (size_t)len,
                        ", %zu of them go away (\"%.80s\") with what packages say of them", lost,
                        first);
    }
    snprintf(out + len, QUESTION_MAX - (size_t)len, "; go on?");
}

static cihsm_status send(cli_env *env, cihsm_client *client, const cihsm_value *present,
                         const cihsm_value *wanted, cihsm_error *err)
{
    size_t len = 0;
    bool is_done = false;
    char question[QUESTION_MAX];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    const cihsm_parameter overwrite = {.name = "Overwrite", .value = "true"};
    CLI_TRY(make_body(wanted, &body, &len, err));
    make_question(present, wanted, question);
    const cihsm_request request = {.method = "POST",
                                   .path = "CustomTagConfigurations",
                                   .parameters = &overwrite,
                                   .parameter_count = present == NULL ? 0 : 1,
                                   .value = body};
    const cli_write write = {.request = &request,
                             .subject = "the custom tags of the tenant",
                             .question = present == NULL ? NULL : question,
                             .done = "set"};
    const cli_content_shown shown = {CONTENT, "the tags", len};
    CLI_TRY(cli_content_settle(env, &write, &shown, &is_done, err));
    if (is_done) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_write_carry(client, &write, &answer, err));
    return cli_write_report(env, client, &write, answer, err);
}

static cihsm_status run_set(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *present = NULL;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CLI_TRY(cli_custom_tags_read(env->arguments[0], &wanted, err));
    if (!cli_has(env, "dry-run")) {
        CLI_TRY(cli_write_check_protection(env, err));
    }
    CLI_TRY(cli_open_client(env, &client, err));
    const cihsm_status status = read_present(client, &present, err);
    if (status != CIHSM_OK && status != CIHSM_E_NOT_FOUND) {
        return status;
    }
    *err = (cihsm_error){0};
    return send(env, client, present, wanted, err);
}

const cli_command CMD_CUSTOM_TAG_SHOW = {
    .name = "custom-tag show",
    .summary = "show which custom tags packages can have",
    .arguments = "",
    .example = "cihsm custom-tag show -o json --out tags.json",
    .run = run_show,
};

const cli_command CMD_CUSTOM_TAG_SET = {
    .name = "custom-tag set",
    .summary = "set all custom tags, from JSON as \"show -o json\" prints it",
    .arguments = "FILE",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm custom-tag set tags.json --yes",
    .options = SET_OPTIONS,
    .run = run_set,
    .is_write = true,
};
