/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/report - the rows as a value for the caller.
 */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include "doctor/examination.h"

/** @return the name of a layer, static. */
const char *report_layer_name(doctor_layer layer);

/** @return the first layer that failed; DOCTOR_LAYER_COUNT: none. */
doctor_layer report_first_failure(const examination *of);

CIHSM_NODISCARD cihsm_status report_make(const examination *of, double milliseconds,
                                         cihsm_value **out, cihsm_error *err);

#endif
