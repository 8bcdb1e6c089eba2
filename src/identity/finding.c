/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

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
