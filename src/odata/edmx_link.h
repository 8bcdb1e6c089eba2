/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/edmx_link - navigations lead through associations; here they get to their ends.
 */
#ifndef ODATA_EDMX_LINK_H
#define ODATA_EDMX_LINK_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

/**
 * Gives each navigation of what odata_edmx_read made its target (a type), multiplicity and set, as
 * far as they are declared, instead of relationship and role. Removes the associations.
 */
CIHSM_NODISCARD cihsm_status edmx_link(cihsm_value *document, cihsm_error *err);

#endif
