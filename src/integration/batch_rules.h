/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/batch_rules - what an entity set demands of the change set that writes to it.
 *
 * Source: docs/sap-contract.md section 6.4.
 */
#ifndef INTEGRATION_BATCH_RULES_H
#define INTEGRATION_BATCH_RULES_H

#include "integration/catalogue.h"

typedef enum integration_batch_rule {
    INTEGRATION_BATCH_FREE = 0,
    INTEGRATION_BATCH_ONE_SET, /**< one change set of such sets in a batch (Partner Directory) */
    INTEGRATION_BATCH_ALONE    /**< nothing else in its change set */
} integration_batch_rule;

/** @param path  unencoded, begins with an entity set */
integration_batch_rule integration_batch_rule_of(const integration_catalogue *catalogue,
                                                 const char *path);

#endif
