/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/plan - a path and a query as a person gives them, made ready to be sent: keys and
 * time window written out, what the set refuses found before any request, or left to be done here.
 */
#ifndef INTEGRATION_PLAN_H
#define INTEGRATION_PLAN_H

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/** Borrows from the path and query it was made of. Start with {0}. */
typedef struct integration_plan {
    char *path;         /**< unencoded, for odata_uri_build */
    char *filter;       /**< with the conditions of the window */
    cihsm_query query;  /**< what is sent; without a window */
    const char *select; /**< to be done with each entry of the answer; NULL: nothing */
    int64_t top;        /**< entries to keep of the answer; -1: all */
    char *note;         /**< one line for the log; NULL: nothing to say */
} integration_plan;

/**
 * @param query  may be NULL
 * @param out    released by integration_plan_free, whatever the result
 * @retval CIHSM_E_USAGE  the entity set is documented not to work like that; the message says why
 *                        and what to do instead
 */
CIHSM_NODISCARD cihsm_status integration_plan_make(const integration_catalogue *catalogue,
                                                   const char *path, const cihsm_query *query,
                                                   integration_plan *out, cihsm_error *err);

void integration_plan_free(integration_plan *plan);

#endif
