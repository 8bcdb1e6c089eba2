/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_explain - why a service key was not made, found out by looking: what the broker
 * says about it is not documented.
 */
#ifndef BTP_CLOUD_FOUNDRY_EXPLAIN_H
#define BTP_CLOUD_FOUNDRY_EXPLAIN_H

#include "btp/cloud_foundry_wish.h"

/**
 * Passes a failure on, with the cause if one can be found: the certificate is in another service
 * key, or the instance has the grant type client_x509.
 *
 * @param instances  array of resources, of which @p instance is the one
 * @param why        the failure
 * @return never CIHSM_OK
 */
cihsm_status cf_explain_create(cihsm_cf *cf, const cf_wish *wish, const cihsm_value *instances,
                               const cihsm_value *instance, const cihsm_error *why,
                               cihsm_error *err);

#endif
