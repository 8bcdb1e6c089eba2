/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/capability - which query options an entity set is documented to refuse, and what to
 * do instead. What is not documented is left to the server.
 *
 * Source: docs/sap-contract.md section 4.5.
 */
#ifndef INTEGRATION_CAPABILITY_H
#define INTEGRATION_CAPABILITY_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/** What a path leads to. */
typedef struct integration_target {
    const char *set; /**< entity set at its end, borrowed; NULL: not known */
    bool is_list;    /**< several entries, or their $count */
    bool is_root;    /**< the set itself, not a navigation that leads there */
} integration_target;

integration_target integration_target_of(const integration_catalogue *catalogue, const char *path);

/** Options that the set refuses and that are applied to its answer instead. */
typedef struct integration_local {
    bool has_select;
    bool has_top;
} integration_local;

/**
 * Judges the options of a query.
 *
 * @retval CIHSM_E_USAGE  the set refuses one; the message says which and what to do instead
 */
CIHSM_NODISCARD cihsm_status integration_options_check(const integration_catalogue *catalogue,
                                                       const integration_target *target,
                                                       const cihsm_query *query,
                                                       integration_local *out, cihsm_error *err);

/**
 * Judges what a query asks for as a whole.
 *
 * @param path   as the server understands it (integration/address.h)
 * @param query  its filter holds the conditions of its window
 * @retval CIHSM_E_USAGE  the set refuses it; the message says why and what to do instead
 */
CIHSM_NODISCARD cihsm_status integration_rules_check(const integration_target *target,
                                                     const char *path, const cihsm_query *query,
                                                     cihsm_error *err);

/** @return a line of advice for a query that works but is advised against; NULL if there is none.
 */
const char *integration_advice(const integration_target *target, const cihsm_query *query);

/**
 * @return the property that the entries of a set are usually searched by in time, by which SAP
 *         documents filters or, where it documents filters in general, its one time of change; NULL
 *         if there is none
 */
const char *integration_time_property(const char *set);

#endif
