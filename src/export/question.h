/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/question - what an export asks the tenant for.
 */
#ifndef EXPORT_QUESTION_H
#define EXPORT_QUESTION_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/plan.h"
#include "export/span.h"

/** How the set is documented to answer. */
typedef struct export_manner {
    bool has_order;    /**< sorts by the plan's time property */
    bool selects_here; /**< refuses $select: it is done with the answers */
} export_manner;

/**
 * @param options  that the plan was made of
 * @retval CIHSM_E_USAGE  the set is documented to refuse the plan's query
 */
CIHSM_NODISCARD cihsm_status export_manner_of(const export_plan *plan,
                                              const cihsm_export_options *options,
                                              export_manner *out, cihsm_error *err);

/**
 * Writes the URL of the entries of a window, or of their number.
 *
 * @param root  of the tenant
 * @param span  not used if the plan has no time property
 */
CIHSM_NODISCARD cihsm_status export_question_url(const char *root, const export_plan *plan,
                                                 const export_manner *manner, export_span span,
                                                 bool counts, char **out, cihsm_error *err);

#endif
