/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/roles - the roles of a resource, by the catalogue.
 */
#ifndef INTEGRATION_ROLES_H
#define INTEGRATION_ROLES_H

#include <stdbool.h>

#include "cihsm/error.h"
#include "cihsm/value.h"
#include "integration/catalogue.h"

/**
 * Appends the rows (integration/role_row.h) of a resource.
 *
 * @param path   entity set, entity type, function import, or a path through navigations
 * @param write  also the roles for changing it; of a function import always
 * @retval CIHSM_E_NOT_FOUND  no such resource, or no such segment; the message names what there is
 */
CIHSM_NODISCARD cihsm_status roles_of_resource(const integration_catalogue *catalogue,
                                               const char *path, bool write, cihsm_value *rows,
                                               cihsm_error *err);

#endif
