/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/watch - waits for the end of a deployment: the task, then the start on the runtime.
 *
 * Source: docs/sap-contract.md section 6.3.
 */
#ifndef ARTIFACT_WATCH_H
#define ARTIFACT_WATCH_H

#include "base/clock.h"
#include "cihsm/artifact.h"
#include "odata/service.h"

/** See cihsm_artifact_wait. */
CIHSM_NODISCARD cihsm_status watch_deployment(const odata_service *service,
                                              const clock_source *clock, const char *id,
                                              const char *task, const cihsm_deploy_wait *wait,
                                              cihsm_value **out, cihsm_error *err);

#endif
