/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_verify - is a service key that was made what was asked for? Borrows everything.
 */
#ifndef BTP_CLOUD_FOUNDRY_VERIFY_H
#define BTP_CLOUD_FOUNDRY_VERIFY_H

#include "btp/cloud_foundry_wish.h"

/**
 * Looks at type, certificate, URLs and certificatedetails.
 *
 * @param document  what a service key file would hold
 * @param key       the same, read
 * @retval CIHSM_E_CHECK  it is something else; the message says what
 */
CIHSM_NODISCARD cihsm_status cf_verify(const cf_wish *wish, const cihsm_value *document,
                                       const cihsm_service_key *key, cihsm_error *err);

#endif
