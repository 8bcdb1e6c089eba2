/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: docs/sap-contract.md sections 5.6, 7.5 and 10.15.
 */
#include "partner/refusal.h"

#include <stdio.h>

#include "base/error.h"
#include "partner/rules.h"

/* What the documentation says of what the tenant may not like. */
static const char *reason_of(const partner_step *step)
{
    const partner_entry *entry = partner_step_entry(step);
    if (step->change == CIHSM_PARTNER_DELETE) {
        return "";
    }
    if (entry->kind == CIHSM_PARTNER_BINARY && entry->size > PARTNER_BINARY_SURE) {
        return "; some tenants may take 262144 bytes only: SAP's pages differ";
    }
    if (entry->kind == CIHSM_PARTNER_ALTERNATIVE) {
        return "; another partner may have it, or this one another id for agency and scheme";
    }
    return "";
}

cihsm_status partner_fail_refused(const partner_step *culprit, const partner_step *any,
                                  size_t count, const cihsm_error *why, cihsm_error *err)
{
    char title[PARTNER_TITLE_SIZE] = "";
    const char *partner = partner_step_entry(any)->partner;
    if (culprit != NULL) {
        partner_entry_title(partner_step_entry(culprit), title);
    } else {
        snprintf(title, sizeof title, "one of %zu changes of %.80s", count, partner);
    }
    return cihsm_fail(err, why->status, why->origin, why->native,
                      "%.160s was refused, and so nothing of its transaction was done: %.230s%s",
                      title, why->message, culprit == NULL ? "" : reason_of(culprit));
}
