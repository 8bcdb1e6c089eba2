/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/runtime - what the runtime says of an artifact.
 */
#ifndef ARTIFACT_RUNTIME_H
#define ARTIFACT_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "cihsm/artifact.h"
#include "odata/service.h"

/** Pauses that grow, up to a moment. */
typedef struct runtime_patience {
    const clock_source *clock;
    int64_t end_us;
    int64_t pause_ms;
} runtime_patience;

/** @param seconds  from now on */
runtime_patience runtime_patience_begin(const clock_source *clock, int64_t seconds);

/** @return true: the moment has passed. */
bool runtime_patience_is_over(const runtime_patience *of);

/** Sleeps, each time longer. @return false, at once: the moment has passed, or it was canceled */
bool runtime_patience_sleep(runtime_patience *of);

/** GETs one entity. @param out  object, yours */
CIHSM_NODISCARD cihsm_status runtime_get(const odata_service *service, const char *path,
                                         cihsm_value **out, cihsm_error *err);

/** See cihsm_runtime_read, without the member "Error". */
CIHSM_NODISCARD cihsm_status runtime_find(const odata_service *service, const char *id,
                                          cihsm_value **out, cihsm_error *err);

/**
 * See cihsm_runtime_error.
 *
 * @param patience  NULL: asked for once
 */
CIHSM_NODISCARD cihsm_status runtime_reason(const odata_service *service,
                                            runtime_patience *patience, const char *id,
                                            char out[CIHSM_RUNTIME_ERROR_SIZE], cihsm_error *err);

#endif
