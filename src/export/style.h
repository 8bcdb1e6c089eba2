/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/style - how entries become lines, the same for all files of an export. Shared by the
 * threads that write; the columns of CSV files are chosen by the first who has entries.
 */
#ifndef EXPORT_STYLE_H
#define EXPORT_STYLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "export/folder.h"
#include "export/plan.h"
#include "odata/service.h"
#include "odata/tidy.h"

#define EXPORT_SAMPLE 100 /* entries that decide the columns */

/** Borrows plan, folder, types and catalogue. Stays in its place; released by export_style_free. */
typedef struct export_style {
    const export_plan *plan;
    export_folder *folder; /**< where the columns are noted */
    odata_types types;
    const cihsm_value *keys; /**< array of {"name",…}; NULL: not known */
    const char *select;      /**< to be done here; NULL: nothing */
    pthread_mutex_t lock;    /**< for what follows */
    cihsm_value *columns;    /**< NULL: not chosen yet; never changes after */
    buffer heading;          /**< first line of each CSV file */
} export_style;

/**
 * @param service  its types are used
 * @param columns  of an earlier run, taken over; *columns may be NULL
 */
CIHSM_NODISCARD cihsm_status export_style_init(export_style *style, const odata_service *service,
                                               const export_plan *plan, export_folder *folder,
                                               cihsm_value **columns, cihsm_error *err);

void export_style_free(export_style *style);

/** @return the columns; NULL while they are not chosen. */
const cihsm_value *export_style_columns(export_style *style);

/**
 * Chooses the columns by the first entries, unless another thread did, and notes them in the
 * checkpoint.
 *
 * @param sample  array of entries, tidied; not empty
 */
CIHSM_NODISCARD cihsm_status export_style_choose(export_style *style, const cihsm_value *sample,
                                                 cihsm_error *err);

#endif
