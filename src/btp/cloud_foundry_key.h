/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_key - service keys of Cloud Foundry: rows for people, documents, the names of
 * new ones.
 */
#ifndef BTP_CLOUD_FOUNDRY_KEY_H
#define BTP_CLOUD_FOUNDRY_KEY_H

#include "btp/cloud_foundry.h"
#include "identity/service_key.h"

/**
 * Lists the service instances of plan api that the user sees.
 *
 * @param out  array of resources of the API; yours
 */
CIHSM_NODISCARD cihsm_status cf_instances(cihsm_cf *cf, cihsm_value **out, cihsm_error *err);

/** Finds one of them by name or GUID; as cihsm_cf_find_instance. @param out  borrowed from @p all
 */
CIHSM_NODISCARD cihsm_status cf_instance_choose(const cihsm_value *all, const char *wanted,
                                                const cihsm_value **out, cihsm_error *err);

/**
 * Lists the service keys of instances.
 *
 * @param instances  array of resources of the API
 * @param only       a resource: of this instance only; NULL: of all
 * @param out        array of resources of the API; yours
 */
CIHSM_NODISCARD cihsm_status cf_bindings(cihsm_cf *cf, const cihsm_value *instances,
                                         const cihsm_value *only, cihsm_value **out,
                                         cihsm_error *err);

/**
 * Takes the service key out of the details of a binding.
 *
 * @param details   {"credentials":{...}}; what it holds is moved
 * @param document  what a service key file holds; yours, json_free_wiped
 * @param key       the same, read; yours
 * @retval CIHSM_E_PROTOCOL  it is no service key; the message says what is wrong with it
 */
CIHSM_NODISCARD cihsm_status cf_details_take(cihsm_value *details, const char *host,
                                             cihsm_value **document, cihsm_service_key **key,
                                             cihsm_error *err);

/** Reads one; as cihsm_cf_read_key and cf_details_take. */
CIHSM_NODISCARD cihsm_status cf_read(cihsm_cf *cf, const char *guid, cihsm_value **document,
                                     cihsm_service_key **key, cihsm_error *err);

/** cf_read for those who go on without: *key stays NULL where there is no readable service key. */
CIHSM_NODISCARD cihsm_status cf_read_if_any(cihsm_cf *cf, const char *guid, cihsm_service_key **key,
                                            cihsm_error *err);

#endif
