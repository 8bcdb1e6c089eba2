/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/role_row.h"

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

/* What the word of the evidence means. */
static const char *explain(const char *evidence)
{
    static const char *const WORDS[][2] = {
        {ROLE_DOCUMENTED, "SAP's documentation names it for this task"},
        {ROLE_OBSERVED, "a public client found this role sufficient, SAP does not document it"},
        {ROLE_INFERRED, "role of a similar task, SAP does not state it for this"},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (text_equal(WORDS[i][0], evidence)) {
            return WORDS[i][1];
        }
    }
    return "role not documented";
}

cihsm_status role_row_add(const role_row *row, cihsm_value *rows, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    const char *explanation = row->explanation == NULL ? explain(row->evidence) : row->explanation;
    const struct {
        const char *name;
        const char *text;
        bool is_always_there;
    } members[] = {
        {"Role", row->role, true},         {"Access", row->access, true},
        {"Evidence", row->evidence, true}, {"Resource", row->resource, false},
        {"Task", row->task, false},        {"Explanation", explanation, true},
        {"Source", row->source, false},    {"Note", row->note, false},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (members[i].text != NULL || members[i].is_always_there) {
            CIHSM_TRY(cihsm_value_set_string(made, members[i].name, members[i].text, err));
        }
    }
    return cihsm_value_append(rows, &made, err);
}

cihsm_status role_rows_add(const role_row *like, const cihsm_value *roles, cihsm_value *rows,
                           cihsm_error *err)
{
    const cihsm_value *role = cihsm_value_first(roles);
    for (; role != NULL; role = cihsm_value_next(role)) {
        role_row row = *like;
        row.role = cihsm_value_string(role);
        CIHSM_TRY(role_row_add(&row, rows, err));
    }
    return CIHSM_OK;
}
