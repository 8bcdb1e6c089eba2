/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/message_status.h"

#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/message.h"
#include "cihsm/scope.h"
#include "integration/nearest.h"

/* docs/sap-contract.md section 7.1 */
static const char *const STATUSES[] = {"COMPLETED", "PROCESSING", "RETRY",     "ESCALATED",
                                       "FAILED",    "CANCELLED",  "DISCARDED", "ABANDONED"};

enum { STATUS_COUNT = sizeof STATUSES / sizeof *STATUSES };

const char *cihsm_message_status(size_t at)
{
    return at < STATUS_COUNT ? STATUSES[at] : NULL;
}

cihsm_status message_status_find(const char *typed, const char **out, cihsm_error *err)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (strcasecmp(typed, STATUSES[i]) == 0) {
            *out = STATUSES[i];
            return CIHSM_OK;
        }
    }
    const char *names[CIHSM_NEAREST_MAX] = {0};
    const size_t count = cihsm_nearest(STATUSES, STATUS_COUNT, typed, names);
    CIHSM_AUTO(text_free) char *advice = NULL;
    CIHSM_TRY(nearest_text(names, count,
                           "one is COMPLETED, PROCESSING, RETRY, ESCALATED, FAILED, CANCELLED, "
                           "DISCARDED or ABANDONED",
                           &advice, err));
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "no message has the status \"%.40s\": %s", typed,
                            advice);
}
