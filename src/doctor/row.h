/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/row - writes the row of a layer.
 */
#ifndef DOCTOR_ROW_H
#define DOCTOR_ROW_H

#include "doctor/examination.h"

/** Sets state and what; control characters are escaped. @p action NULL: nothing to do */
CIHSM_PRINTF(4, 5)
void row_set(doctor_row *row, doctor_state state, const char *action, const char *format, ...);

/**
 * Makes a failure of an error.
 *
 * Out of memory and its like are no finding: they are passed on.
 *
 * @param action  what to do about it
 */
CIHSM_NODISCARD cihsm_status row_fail(doctor_row *row, const cihsm_error *why, const char *action,
                                      cihsm_error *err);

/** Takes the worst finding; @p ok is the row if there is neither an error nor a warning. */
void row_judge(doctor_row *row, const finding_list *found, const char *ok);

#endif
