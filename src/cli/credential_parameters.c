/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/credential_parameters.h"

#include <string.h>

#include "cli/assignment.h"
#include "cli/report.h"

static bool has_key(const cihsm_value *rows, const char *key)
{
    for (const cihsm_value *row = cihsm_value_first(rows); row != NULL;
         row = cihsm_value_next(row)) {
        if (strcmp(cihsm_value_get_string(row, "Key"), key) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status add(const char *option, const char *text, const char *place, cihsm_value *rows,
                        cihsm_error *err)
{
    cli_assignment one;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    CLI_TRY(cli_assignment_read(option, text, &one, err));
    if (one.is_literal || has_key(rows, one.name)) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s is KEY=VALUE, each key once: \"%.60s\"", option,
                        one.name);
    }
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Key", one.name, err));
    CLI_TRY(cihsm_value_set_string(row, "Value", one.value, err));
    CLI_TRY(cihsm_value_set_string(row, "SendAsPartOf", place, err));
    return cihsm_value_append(rows, &row, err);
}

static cihsm_status add_all(const cli_env *env, const char *option, const char *place,
                            cihsm_value *rows, cihsm_error *err)
{
    for (size_t i = 0; i < cli_times(env, option); i++) {
        CLI_TRY(add(option, cli_value_at(env, option, i), place, rows, err));
    }
    return CIHSM_OK;
}

cihsm_status cli_credential_parameters(const cli_env *env, cihsm_value *body, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = cihsm_value_new_array();
    if (rows == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(add_all(env, "body-parameter", "body", rows, err));
    CLI_TRY(add_all(env, "url-parameter", "url", rows, err));
    return cihsm_value_count(rows) == 0 ? CIHSM_OK
                                        : cihsm_value_set(body, "CustomParameters", &rows, err);
}
