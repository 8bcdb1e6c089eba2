/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

void row_set(doctor_row *row, doctor_state state, const char *action, const char *format, ...)
{
    char plain[sizeof row->what];
    va_list args;
    va_start(args, format);
    vsnprintf(plain, sizeof plain, format, args);
    va_end(args);
    text_escape(row->what, sizeof row->what, plain, strlen(plain));
    row->state = state;
    snprintf(row->action, sizeof row->action, "%s", action == NULL ? "" : action);
}

cihsm_status row_fail(doctor_row *row, const cihsm_error *why, const char *action, cihsm_error *err)
{
    if (why->status == CIHSM_E_NO_MEMORY || why->status == CIHSM_E_INTERNAL ||
        why->status == CIHSM_E_CANCELED) {
        return cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
    }
    row_set(row, DOCTOR_FAIL, action, "%s", why->message);
    return CIHSM_OK;
}

static const identity_finding *worst(const finding_list *found)
{
    const identity_finding *of = NULL;
    for (size_t i = 0; i < found->count; i++) {
        if (of == NULL || found->items[i].level > of->level) {
            of = &found->items[i];
        }
    }
    return of;
}

void row_judge(doctor_row *row, const finding_list *found, const char *ok)
{
    const identity_finding *of = worst(found);
    if (of == NULL || of->level == IDENTITY_INFO) {
        row_set(row, DOCTOR_OK, NULL, "%s", ok);
        return;
    }
    row_set(row, of->level == IDENTITY_FATAL ? DOCTOR_FAIL : DOCTOR_WARN, of->action, "%s",
            of->sentence);
}
