/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/write_rules - what can be told about a write from its path and the catalogue alone.
 *
 * Source: docs/sap-contract.md sections 6.2 and 7.
 */
#ifndef INTEGRATION_WRITE_RULES_H
#define INTEGRATION_WRITE_RULES_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/**
 * Refuses a write that would meet more than the person named, or that the set does not know.
 *
 * @param catalogue  NULL: only what the path itself tells is looked at
 * @param path       unencoded, or an absolute URL
 * @retval CIHSM_E_USAGE  the message says why and what to do
 */
CIHSM_NODISCARD cihsm_status integration_write_check(const integration_catalogue *catalogue,
                                                     const char *method, const char *path,
                                                     cihsm_error *err);

#endif
