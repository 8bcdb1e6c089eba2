/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/plan - what an export is about: the first line of its checkpoint. Two runs with the same
 * plan are the same export. Owns its strings.
 */
#ifndef EXPORT_PLAN_H
#define EXPORT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/export.h"
#include "cihsm/value.h"
#include "export/span.h"

/** Released by export_plan_free. Start with {0}. */
typedef struct export_plan {
    char *set;
    char *root; /**< of the tenant; NULL: not known yet, then it is not compared */
    char *filter;
    char *select;
    char *expand;
    char *query;        /**< options of the tenant's own, encoded: "a=1&b=2"; NULL: none */
    bool is_unchecked;  /**< asks for what the set is documented to refuse, too */
    char *property;     /**< NULL: the set has no time and is read in sequence */
    export_span window; /**< with follow: to_s is INT64_MAX; {0} without a property */
    cihsm_export_format format;
    char *since_ago; /**< as it was told, "7d", for the first run; NULL: as a date */
    char *until_ago; /**< also "now", if it was not told */
    bool is_lowered; /**< not part of the plan: the wanted end was too late */
} export_plan;

/**
 * Makes the plan of the options.
 *
 * @param root    may be NULL
 * @param now_ms  the present moment
 * @param out     released by export_plan_free, whatever the result
 * @retval CIHSM_E_USAGE  as for cihsm_export_check
 */
CIHSM_NODISCARD cihsm_status export_plan_make(const cihsm_export_options *options, const char *root,
                                              int64_t now_ms, export_plan *out, cihsm_error *err);

void export_plan_free(export_plan *plan);

bool export_plan_follows(const export_plan *plan);

/** Adds the plan's members to an object. */
CIHSM_NODISCARD cihsm_status export_plan_write(const export_plan *plan, cihsm_value *to,
                                               cihsm_error *err);

/**
 * Compares with what an earlier run wrote, and takes over its window.
 *
 * @param where  the folder, for the message
 * @retval CIHSM_E_USAGE   it is another export; the message names the difference
 * @retval CIHSM_E_CONFIG  it is no plan
 */
CIHSM_NODISCARD cihsm_status export_plan_match(export_plan *plan, const cihsm_value *stored,
                                               const char *where, cihsm_error *err);

#endif
