/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_plausible - do the URLs of a service key look like those of a tenant?
 * Hints only: which host names SAP uses is not promised anywhere. Borrows everything.
 */
#ifndef IDENTITY_SERVICE_KEY_PLAUSIBLE_H
#define IDENTITY_SERVICE_KEY_PLAUSIBLE_H

#include "cihsm/error.h"
#include "identity/finding.h"
#include "identity/service_key.h"

/** @param key  its URLs are as service_key_check_url wants them, or NULL */
CIHSM_NODISCARD cihsm_status service_key_check_hosts(const cihsm_service_key *key,
                                                     finding_list *found, cihsm_error *err);

#endif
