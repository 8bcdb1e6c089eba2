/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/job - an export that holds its folder.
 */
#ifndef EXPORT_JOB_H
#define EXPORT_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cihsm/export.h"
#include "export/checkpoint.h"
#include "export/engine.h"
#include "export/folder.h"
#include "export/plan.h"
#include "export/style.h"
#include "http/patience.h"
#include "odata/service.h"

/** Owns all but service and patience. */
struct cihsm_export {
    const odata_service *service;
    http_patience *patience;
    export_plan plan;
    export_folder *folder;
    export_state state;
    export_style style;
    bool has_style;
    export_ground ground;
    export_spans todo;
    export_sums sums;
    bool is_continued;
    bool is_behind; /**< following: the clock is behind what was done */
    unsigned concurrency;
    int64_t slice_s;
    int64_t interval_s;
    int64_t lag_s;
    void (*progress)(void *user, const cihsm_export_progress *progress);
    void *user;
    atomic_bool stop;
};

/** @return the time of day by the export's clock: milliseconds since 1970, UTC. */
int64_t export_wall_ms(const cihsm_export *of);

#endif
