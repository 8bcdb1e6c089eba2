/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_row - a service key of Cloud Foundry as a person wants to see it.
 */
#ifndef BTP_CLOUD_FOUNDRY_ROW_H
#define BTP_CLOUD_FOUNDRY_ROW_H

#include <stdbool.h>

#include "identity/service_key.h"

/** Borrowed for the call. */
typedef struct cf_row_facts {
    const cihsm_value *binding;   /**< resource of the API */
    const cihsm_value *instance;  /**< the resource of its instance; NULL: not known */
    const cihsm_service_key *key; /**< NULL: nothing is known of it */
    const cihsm_service_key *own; /**< to be recognised; NULL: none */
} cf_row_facts;

/** Makes an object as in cihsm_cf_list_keys. */
CIHSM_NODISCARD cihsm_status cf_row(const cf_row_facts *facts, cihsm_value **out, cihsm_error *err);

/** True if both log in as the same: by the same certificate, or by the same client and secret. */
bool cf_key_same(const cihsm_service_key *a, const cihsm_service_key *b);

#endif
