/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

cihsm_status finding_add(finding_list *to, identity_level level, const char *code,
                         const char *action, cihsm_error *err, const char *format, ...)
{
    if (to->count >= to->room) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "more than %zu findings", to->room);
    }
    identity_finding *item = &to->items[to->count];
    char plain[sizeof item->sentence];
    va_list args;
    va_start(args, format);
    vsnprintf(plain, sizeof plain, format, args);
    va_end(args);
    text_escape(item->sentence, sizeof item->sentence, plain, strlen(plain));
    item->level = level;
    item->code = code;
    item->action = action;
    to->count++;
    return CIHSM_OK;
}

const char *finding_level_name(identity_level level)
{
    switch (level) {
    case IDENTITY_INFO:
        return "info";
    case IDENTITY_WARN:
        return "warn";
    case IDENTITY_FATAL:
        return "error";
    }
    return "unknown";
}

static cihsm_status describe_one(const identity_finding *item, cihsm_value *list, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "level", finding_level_name(item->level), err));
    CIHSM_TRY(cihsm_value_set_string(row, "code", item->code, err));
    CIHSM_TRY(cihsm_value_set_string(row, "sentence", item->sentence, err));
    CIHSM_TRY(cihsm_value_set_string(row, "action", item->action, err));
    return cihsm_value_append(list, &row, err);
}

cihsm_status finding_describe(const finding_list *from, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < from->count; i++) {
        CIHSM_TRY(describe_one(&from->items[i], list, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}
