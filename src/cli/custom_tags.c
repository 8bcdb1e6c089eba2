/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/custom_tags.h"

#include <string.h>

#include "cli/input.h"
#include "cli/report.h"

static cihsm_status refuse(const char *path, size_t at, const char *what, cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_CONFIG, "%.200s, tag %zu: %s", path, at, what);
}

static bool is_text_list(const cihsm_value *value)
{
    const cihsm_value *one = cihsm_value_first(value);
    while (one != NULL && cihsm_value_string(one) != NULL) {
        one = cihsm_value_next(one);
    }
    return one == NULL && cihsm_value_kind(value) == CIHSM_VALUE_ARRAY;
}

const cihsm_value *cli_custom_tag(const cihsm_value *tags, const char *name)
{
    const cihsm_value *tag = cihsm_value_first(tags);
    for (; tag != NULL; tag = cihsm_value_next(tag)) {
        const char *other = cihsm_value_get_string(tag, "tagName");
        if (other != NULL && strcmp(other, name) == 0) {
            return tag;
        }
    }
    return NULL;
}

/* A member that is misspelt would be lost without a word. */
static bool has_other_members(const cihsm_value *tag)
{
    const cihsm_value *member = cihsm_value_first(tag);
    for (; member != NULL; member = cihsm_value_next(member)) {
        const char *name = cihsm_value_name(member);
        if (strcmp(name, "tagName") != 0 && strcmp(name, "isMandatory") != 0 &&
            strcmp(name, "permittedValues") != 0) {
            return true;
        }
    }
    return false;
}

/* SAP's description has it in both forms. */
static bool is_truth(const cihsm_value *value)
{
    const char *text = cihsm_value_string(value);
    return cihsm_value_kind(value) == CIHSM_VALUE_BOOL ||
           (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0));
}

static cihsm_status check_tag(const char *path, const cihsm_value *tags, const cihsm_value *tag,
                              size_t at, cihsm_error *err)
{
    const char *name = cihsm_value_get_string(tag, "tagName");
    const cihsm_value *values = cihsm_value_get(tag, "permittedValues");
    if (name == NULL || name[0] == '\0') {
        return refuse(path, at, "tagName is missing, or no text", err);
    }
    if (!is_truth(cihsm_value_get(tag, "isMandatory"))) {
        return refuse(path, at, "isMandatory is true or false", err);
    }
    if (values != NULL && !is_text_list(values)) {
        return refuse(path, at, "permittedValues is a list of texts", err);
    }
    if (has_other_members(tag)) {
        return refuse(path, at, "it has more than tagName, isMandatory and permittedValues", err);
    }
    return cli_custom_tag(tags, name) == tag
               ? CIHSM_OK
               : refuse(path, at, "its name is that of another one", err);
}

/* The document, or just its tags as "show -o json" prints them. */
static cihsm_status read_document(const char *path, cihsm_value **out, cihsm_error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    cihsm_error why = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *read = NULL;
    CLI_TRY(cli_input_read(path, &bytes, &len, err));
    const cihsm_status status = cihsm_value_parse(bytes, len, &read, &why);
    cli_input_free(&bytes, len);
    if (status != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_CONFIG, "%.200s: %s", path, why.message);
    }
    if (cihsm_value_kind(read) == CIHSM_VALUE_ARRAY) {
        *out = cihsm_value_new_object();
        return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory")
                            : cihsm_value_set(*out, CLI_CUSTOM_TAGS, &read, err);
    }
    *out = CIHSM_MOVE(read);
    return CIHSM_OK;
}

static cihsm_status check_document(const char *path, const cihsm_value *document, cihsm_error *err)
{
    const cihsm_value *tags = cihsm_value_get(document, CLI_CUSTOM_TAGS);
    size_t at = 1;
    if (cihsm_value_kind(tags) != CIHSM_VALUE_ARRAY || cihsm_value_count(document) != 1) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "%.200s is no configuration of custom tags: {\"%s\": [{\"tagName\": "
                        "\"Owner\", \"isMandatory\": true}]}",
                        path, CLI_CUSTOM_TAGS);
    }
    for (const cihsm_value *tag = cihsm_value_first(tags); tag != NULL;
         tag = cihsm_value_next(tag), at++) {
        CLI_TRY(check_tag(path, tags, tag, at, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_custom_tags_read(const char *path, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CLI_TRY(read_document(path, &document, err));
    CLI_TRY(check_document(path, document, err));
    *out = CIHSM_MOVE(document);
    return CIHSM_OK;
}
