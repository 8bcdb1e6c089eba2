/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command of a resource was called for: kind and values.
 */
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/resource.h"

/* --- values ---------------------------------------------------------------------------------- */

bool cli_field_is_placed(const cli_field *field, cli_verb verb)
{
    return (field->traits & (verb == CLI_VERB_LIST ? CLI_PLACE_IN_LIST : CLI_PLACE)) != 0;
}

bool cli_field_is_of(const cli_field *field, cli_verb verb)
{
    return (field->verbs & (1U << verb)) != 0;
}

const char *cli_field_purpose(const cli_kind *kind, const cli_field *field)
{
    const size_t len = kind->type == NULL ? 0 : strlen(kind->type);
    const bool is_marked = len > 0 && strncmp(field->help, kind->type, len) == 0 &&
                           strncmp(field->help + len, ": ", 2) == 0;
    return is_marked ? field->help + len + 2 : field->help;
}

const char *cli_target_value(const cli_target *of, const cli_field *field)
{
    size_t place = 0;
    if (!cli_field_is_of(field, of->verb)) {
        return NULL;
    }
    if (!cli_field_is_placed(field, of->verb)) {
        const bool is_on = field->argument == NULL && cli_has(of->env, field->name);
        return is_on ? "true" : cli_value(of->env, field->name);
    }
    for (const cli_field *one = of->kind->fields; one != field; one++) {
        place += cli_field_is_of(one, of->verb) && cli_field_is_placed(one, of->verb);
    }
    return place < of->env->argument_count ? of->env->arguments[place] : NULL;
}

size_t cli_target_parameters(const cli_target *of, cihsm_parameter out[CLI_TARGET_PARAMETERS_MAX])
{
    size_t count = 0;
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(of, field);
        if (value != NULL && (field->traits & CLI_PARAMETER) != 0 &&
            count < CLI_TARGET_PARAMETERS_MAX) {
            out[count++] = (cihsm_parameter){.name = field->property, .value = value};
        }
    }
    return count;
}

void cli_target_subject(const cli_target *of, char *out, size_t size)
{
    const char *what = strchr(of->resource->one, ' ') + 1; /* without its article */
    size_t len = (size_t)snprintf(out, size, "%s", what);
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const bool names = (field->traits & (CLI_KEY | CLI_FOUND)) != 0 &&
                           cli_field_is_placed(field, of->verb) && cli_field_is_of(field, of->verb);
        if (names && len < size) {
            len +=
                (size_t)snprintf(out + len, size - len, " \"%.120s\"", cli_target_value(of, field));
        }
    }
}

/* --- kinds ----------------------------------------------------------------------------------- */

/* What is given is of this kind. */
static cihsm_status check_options(const cli_target *of, cihsm_error *err)
{
    const char *type = of->kind->type;
    for (const cli_kind *kind = of->resource->kinds; kind->set != NULL; kind++) {
        for (const cli_field *field = kind->fields; field->name != NULL; field++) {
            bool is_own = false;
            for (const cli_field *own = of->kind->fields; own->name != NULL; own++) {
                is_own = is_own || strcmp(own->name, field->name) == 0;
            }
            if (!is_own && cli_has(of->env, field->name)) {
                return cli_fail(err, CIHSM_E_USAGE,
                                "--%s is for --type %s, and what is meant is --type %s",
                                field->name, kind->type, type);
            }
        }
    }
    return CIHSM_OK;
}

/* "a|b" */
static bool is_choice(const char *choices, const char *value)
{
    const size_t len = strlen(value);
    for (const char *at = choices;; at += strcspn(at, "|") + 1) {
        const size_t own = strcspn(at, "|");
        if (own == len && memcmp(at, value, len) == 0) {
            return true;
        }
        if (at[own] == '\0') {
            return false;
        }
    }
}

static cihsm_status check_signs(const cli_field *field, const char *value, cihsm_error *err)
{
    const size_t common = sizeof CLI_LETTERS_AND_DIGITS - 1;
    const bool is_number = strcmp(field->signs, CLI_DIGITS) == 0;
    if (value[strspn(value, field->signs)] == '\0') {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE, "the %s \"%.120s\" may hold %s%s%s", field->property, value,
                    is_number ? "digits only" : "ASCII letters, digits and \"",
                    is_number ? "" : field->signs + common, is_number ? "" : "\" only");
}

static cihsm_status check_value(const cli_field *field, const char *value, cihsm_error *err)
{
    if (field->argument != NULL && strchr(field->argument, '|') != NULL &&
        !is_choice(field->argument, value)) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s is %s, not \"%.60s\"", field->name,
                        field->argument, value);
    }
    return field->signs == NULL ? CIHSM_OK : check_signs(field, value, err);
}

/* What no command can do without; what creates an entity looks at the rest itself. */
static cihsm_status require(const cli_target *of, const cli_field *field, cihsm_error *err)
{
    const bool is_key = (field->traits & CLI_KEY) != 0 && of->verb != CLI_VERB_LIST;
    if ((field->traits & CLI_REQUIRED) == 0 || !cli_field_is_of(field, of->verb) ||
        (!is_key && (field->traits & CLI_PARAMETER) == 0)) {
        return CIHSM_OK;
    }
    return cli_fail(err, CIHSM_E_USAGE, "--%s is missing: %s", field->name,
                    cli_field_purpose(of->kind, field));
}

static cihsm_status check_values(const cli_target *of, cihsm_error *err)
{
    for (const cli_field *field = of->kind->fields; field->name != NULL; field++) {
        const char *value = cli_target_value(of, field);
        const bool names = (field->traits & (CLI_KEY | CLI_FOUND)) != 0;
        if (value == NULL) {
            CLI_TRY(require(of, field, err));
            continue;
        }
        if (names && cli_field_is_placed(field, of->verb) && value[0] == '\0') {
            return cli_fail(err, CIHSM_E_USAGE, "the argument %s is empty, so it names nothing",
                            field->argument);
        }
        CLI_TRY(check_value(field, value, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_target_read(cli_env *env, cli_verb verb, cli_target *out, cihsm_error *err)
{
    const cli_resource *resource = env->command->resource;
    const cli_kind *kind = resource->kinds;
    const char *type = resource->types == NULL ? NULL : cli_value(env, "type");
    while (type != NULL && kind->set != NULL && strcmp(kind->type, type) != 0) {
        kind++;
    }
    if (kind->set == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "--type is one of %s, not \"%.40s\"", resource->types,
                        type);
    }
    *out = (cli_target){.env = env, .resource = resource, .kind = kind, .verb = verb};
    if (resource->types != NULL) {
        CLI_TRY(check_options(out, err));
    }
    CLI_TRY(check_values(out, err));
    return cli_target_check(out, err);
}
