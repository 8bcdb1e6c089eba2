/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fields.h"

#include <stdio.h>
#include <string.h>

#include "cli/report.h"

enum { NAME_MAX_BYTES = 256 };

/* One name without the blanks around it. */
static cihsm_status add_name(cihsm_value *to, const char *from, size_t len, cihsm_error *err)
{
    char name[NAME_MAX_BYTES];
    while (len > 0 && *from == ' ') {
        from++;
        len--;
    }
    while (len > 0 && from[len - 1] == ' ') {
        len--;
    }
    if (len == 0 || len >= sizeof name) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "a list of names has commas between them, like Id,Status");
    }
    for (size_t i = 0; i < len; i++) {
        name[i] = from[i] == '/' ? '.' : from[i];
    }
    name[len] = '\0';
    return cihsm_value_append_string(to, name, err);
}

cihsm_status cli_fields_split(const char *names, cihsm_value **out, cihsm_error *err)
{
    if (names == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (const char *from = names;;) {
        const size_t len = strcspn(from, ",");
        CLI_TRY(add_name(list, from, len, err));
        if (from[len] == '\0') {
            break;
        }
        from += len + 1;
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status cli_fields_hint(const char *path, const cihsm_value *names, cihsm_error *err)
{
    const cihsm_value *name = cihsm_value_first(names);
    for (; name != NULL; name = cihsm_value_next(name)) {
        cihsm_error unknown = {0};
        const char *text = cihsm_value_string(name);
        if (strcmp(text, "*") == 0) {
            continue;
        }
        const cihsm_status status = cihsm_catalogue_check_property(path, text, &unknown);
        if (status == CIHSM_E_NOT_FOUND) {
            cli_note("%s", unknown.message);
        } else if (status != CIHSM_OK) {
            *err = unknown;
            return status;
        }
    }
    return CIHSM_OK;
}

cihsm_status cli_fields_take(const cihsm_value *names, const cihsm_value *entry, cihsm_value **out,
                             cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *taken = cihsm_value_new_object();
    if (taken == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const cihsm_value *name = cihsm_value_first(names);
    for (; name != NULL; name = cihsm_value_next(name)) {
        const char *text = cihsm_value_string(name);
        const cihsm_value *value = cihsm_value_at(entry, text);
        if (value == NULL) {
            CLI_TRY(cihsm_value_set_string(taken, text, NULL, err));
            continue;
        }
        CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(value);
        CLI_TRY(cihsm_value_set(taken, text, &copy, err));
    }
    *out = CIHSM_MOVE(taken);
    return CIHSM_OK;
}
