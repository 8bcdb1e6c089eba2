/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_details - compares the member "certificatedetails" of a service key with its
 * certificate. Borrows everything.
 *
 * Source: docs/sap-contract.md section 2.3. Whether the member is there for External Certificate
 * keys is not documented, so its absence means nothing.
 */
#ifndef IDENTITY_SERVICE_KEY_DETAILS_H
#define IDENTITY_SERVICE_KEY_DETAILS_H

#include <openssl/x509.h>

#include "cihsm/error.h"
#include "cihsm/value.h"
#include "identity/finding.h"

/** @param details  NULL: the service key has none */
CIHSM_NODISCARD cihsm_status service_key_check_details(const cihsm_value *details, const X509 *leaf,
                                                       finding_list *found, cihsm_error *err);

#endif
