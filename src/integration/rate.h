/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/rate - which requests the tenant counts together, and how many a second it allows.
 *
 * Source: docs/sap-contract.md section 9.
 */
#ifndef INTEGRATION_RATE_H
#define INTEGRATION_RATE_H

#include "integration/catalogue.h"

#define INTEGRATION_RATE_GROUPS 10

/** The limit that a path is subject to. */
typedef struct integration_rate {
    unsigned group; /**< below INTEGRATION_RATE_GROUPS; paths of one group share a limit */
    unsigned user_per_second; /**< requests that one user may send; 0: no limit is documented */
} integration_rate;

/** @param path  below the service root, encoded or not; a query after "?" is ignored */
integration_rate integration_rate_of(const integration_catalogue *catalogue, const char *path);

#endif
