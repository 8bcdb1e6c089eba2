/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/plan - the differences of all partners, and in which transactions they are done away
 * with.
 */
#ifndef PARTNER_PLAN_H
#define PARTNER_PLAN_H

#include "partner/difference.h"

struct cihsm_partner_plan {
    cihsm_partner_options options;
    const cihsm_partner_folder *folder; /**< borrowed */
    partner_work *works;                /**< one a partner */
    size_t count;
    size_t changes[CIHSM_PARTNER_CHANGES];
    size_t transactions;
    cihsm_value *rows;
};

/** @return true if the step is sent in a change set, false for credentials and what is not sent. */
bool partner_step_is_in_set(const partner_step *step);

/** Makes the row of a step. @param out  yours */
CIHSM_NODISCARD cihsm_status partner_step_row(const partner_step *step, cihsm_value **out,
                                              cihsm_error *err);

#endif
