/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/service - what is asked of the tenant.
 */
#ifndef DOCTOR_SERVICE_H
#define DOCTOR_SERVICE_H

#include "doctor/examination.h"

/** @retval CIHSM_E_USAGE  the resource of the options is none of the API */
CIHSM_NODISCARD cihsm_status service_check(const cihsm_doctor_options *options, cihsm_error *err);

/** The URL of the resource, one entry of it, or of the service document; yours (text_free). */
CIHSM_NODISCARD cihsm_status service_url(const examination *of, char **out, cihsm_error *err);

#endif
