/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/catalogue.h - what is documented of the entity sets. No token, no network. A tenant may
 * have more than the documentation names: take a missing name as a hint, not as a proof. Any thread
 * may ask.
 */
#ifndef CIHSM_CATALOGUE_H
#define CIHSM_CATALOGUE_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/**
 * Lists the properties of the entries that a path gives, in the order of the documentation.
 *
 * @param path  as for cihsm_client_get: MessageProcessingLogs, X('id')/Navigation
 * @param out   array of strings, yours; NULL if the entity set is not known
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 *
 * Source: docs/sap-contract.md section 7.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_catalogue_properties(const char *path,
                                                                  cihsm_value **out,
                                                                  cihsm_error *err);

/**
 * Looks whether the entries that a path gives have a property or a navigation of that name.
 *
 * @param path      as for cihsm_catalogue_properties
 * @param property  may go on below: IntegrationArtifact.Id is looked up by its first name
 * @retval CIHSM_OK           it has, or the entity set is not known
 * @retval CIHSM_E_NOT_FOUND  not documented; the message names the nearest ones
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_catalogue_check_property(const char *path,
                                                                      const char *property,
                                                                      cihsm_error *err);

CIHSM_END_DECLS

#endif
