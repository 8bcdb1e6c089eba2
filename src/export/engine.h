/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/engine - reads slices, several at a time, until none is left. One thread carries all
 * requests; the writers (export/writers) do the rest. Borrows what is in export_engine_config.
 *
 * Memory: no more lanes than requests at a time and writers, each with the body of one page; and no
 * new request while the bodies together are larger than EXPORT_BODIES_MAX.
 */
#ifndef EXPORT_ENGINE_H
#define EXPORT_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/export.h"
#include "export/slice.h"
#include "export/span.h"
#include "export/style.h"
#include "http/patience.h"
#include "odata/error.h"

#define EXPORT_BODIES_MAX ((size_t)24 << 20) /**< bytes; one page may be larger */

typedef struct export_engine_config {
    const export_ground *ground;
    export_style *style;
    http_patience *patience; /**< its transport carries the requests */
    odata_hint hint;
    size_t page_max; /**< bytes of one answer */
    unsigned concurrency;
    int64_t step_s;    /**< length of a slice */
    atomic_bool *stop; /**< set: return CIHSM_E_CANCELED soon */
    void (*progress)(void *user, const cihsm_export_progress *progress); /**< may be NULL */
    void *user;
} export_engine_config;

/** What was done; added to. */
typedef struct export_sums {
    uint64_t entries;
    uint64_t bytes;
    uint64_t files;
    uint64_t slices;
    uint64_t left_out;
    int64_t done_s;   /**< of window_s */
    int64_t window_s; /**< 0: not known */
} export_sums;

/**
 * Works until @p todo is empty.
 *
 * @param todo  spans of the window; NULL: the set has no time property and is read as a whole
 * @param sums  in and out
 *
 * @retval CIHSM_E_CANCELED  stop was set
 */
CIHSM_NODISCARD cihsm_status export_engine_run(const export_engine_config *config,
                                               export_spans *todo, export_sums *sums,
                                               cihsm_error *err);

#endif
