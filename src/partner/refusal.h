/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/refusal - what the tenant did not take, and why that may be.
 */
#ifndef PARTNER_REFUSAL_H
#define PARTNER_REFUSAL_H

#include "partner/difference.h"

/**
 * Records that a transaction was not done.
 *
 * @param culprit  the step that failed; NULL: the tenant did not tell which
 * @param any      a step of the transaction
 * @param count    of its steps
 * @param why      of the tenant
 */
cihsm_status partner_fail_refused(const partner_step *culprit, const partner_step *any,
                                  size_t count, const cihsm_error *why, cihsm_error *err);

#endif
