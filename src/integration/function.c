/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function imports of the catalogue. Source: docs/sap-contract.md sections 4.3 and 7.
 */
#include <string.h>

#include "base/error.h"
#include "cihsm/write.h"
#include "integration/catalogue.h"
#include "integration/nearest.h"

static const cihsm_value *function_of(const char *name)
{
    const integration_catalogue *catalogue = NULL;
    if (integration_catalogue_get(&catalogue, NULL) != CIHSM_OK) {
        return NULL;
    }
    const cihsm_value *resource = integration_resource(catalogue, name);
    return cihsm_value_get_string(resource, "function_import") == NULL ? NULL : resource;
}

const char *cihsm_function_method(const char *name)
{
    const cihsm_value *verbs = cihsm_value_get(function_of(name), "verbs");
    return cihsm_value_string(cihsm_value_first(verbs));
}

size_t cihsm_function_nearest(const char *name, const char *out[CIHSM_NEAREST_MAX])
{
    const integration_catalogue *catalogue = NULL;
    if (integration_catalogue_get(&catalogue, NULL) != CIHSM_OK) {
        return 0;
    }
    return integration_nearest_function(catalogue, name, out);
}

/* The documented operation's options: {"name","values"}. */
static const cihsm_value *documented_option(const char *name, const char *parameter)
{
    const cihsm_value *operations = cihsm_value_get(function_of(name), "operations");
    const cihsm_value *option =
        cihsm_value_first(cihsm_value_get(cihsm_value_first(operations), "query"));
    while (option != NULL && strcmp(cihsm_value_get_string(option, "name"), parameter) != 0) {
        option = cihsm_value_next(option);
    }
    return option;
}

bool cihsm_function_takes_bare(const char *name, const char *parameter)
{
    const cihsm_value *values = cihsm_value_get(documented_option(name, parameter), "values");
    const char *value = cihsm_value_string(cihsm_value_first(values));
    return value != NULL && value[0] != '\'';
}

/* The catalogue marks what may be left out: "Suffix?". */
static bool is_optional(const char *documented)
{
    return documented[strlen(documented) - 1] == '?';
}

static bool is_parameter(const char *documented, const char *name)
{
    const size_t len = strlen(documented) - (is_optional(documented) ? 1 : 0);
    return strlen(name) == len && memcmp(documented, name, len) == 0;
}

static bool is_given(const cihsm_request *call, const char *documented)
{
    size_t i = 0;
    while (i < call->parameter_count && !is_parameter(documented, call->parameters[i].name)) {
        i++;
    }
    return i < call->parameter_count;
}

static bool is_documented(const cihsm_value *parameters, const char *name)
{
    const cihsm_value *one = cihsm_value_first(parameters);
    while (one != NULL && !is_parameter(cihsm_value_string(one), name)) {
        one = cihsm_value_next(one);
    }
    return one != NULL;
}

cihsm_status cihsm_function_check(const cihsm_request *call, cihsm_error *err)
{
    cihsm_error_clear(err);
    const cihsm_value *parameters = cihsm_value_get(function_of(call->path), "parameters");
    if (cihsm_value_kind(parameters) != CIHSM_VALUE_ARRAY) {
        return CIHSM_OK;
    }
    for (size_t i = 0; i < call->parameter_count; i++) {
        if (!is_documented(parameters, call->parameters[i].name)) {
            return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                                    "%s has no documented parameter \"%.80s\"", call->path,
                                    call->parameters[i].name);
        }
    }
    const cihsm_value *one = cihsm_value_first(parameters);
    for (; one != NULL; one = cihsm_value_next(one)) {
        const char *documented = cihsm_value_string(one);
        if (!is_optional(documented) && !is_given(call, documented)) {
            return cihsm_fail_plain(err, CIHSM_E_NOT_FOUND,
                                    "%s needs the parameter %s, by its documentation", call->path,
                                    documented);
        }
    }
    return CIHSM_OK;
}
