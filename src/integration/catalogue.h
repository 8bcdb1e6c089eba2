/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/catalogue - what is known of the tenant's entity sets: keys, properties, navigations
 * and roles. Read once from the compiled-in catalogue.json, then never changed or freed; may be
 * used by several threads. Everything returned is borrowed from it.
 *
 * Source: docs/sap-contract.md sections 7 and 8.
 */
#ifndef INTEGRATION_CATALOGUE_H
#define INTEGRATION_CATALOGUE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

typedef struct integration_catalogue integration_catalogue;

/** Gives the one catalogue of the process. A failure (out of memory) may be tried again. */
CIHSM_NODISCARD cihsm_status integration_catalogue_get(const integration_catalogue **out,
                                                       cihsm_error *err);

/** @return the number of entity sets. */
size_t integration_set_count(const integration_catalogue *catalogue);

/** @return the name of an entity set, in the order of the catalogue; NULL beyond the last. */
const char *integration_set_name(const integration_catalogue *catalogue, size_t at);

/**
 * The type of a property; fits odata_type_fn (odata/tidy.h), hence the plain pointer.
 *
 * @param catalogue  a const integration_catalogue
 * @param owner      entity set, or entity type with or without a namespace (whose spelling varies)
 * @return for example "Edm.DateTime"; NULL if not known
 */
const char *integration_property_type(const void *catalogue, const char *owner,
                                      const char *property);

/** @return an array of {"name","type"} in the order of the key predicate; NULL if not known. */
const cihsm_value *integration_keys(const integration_catalogue *catalogue, const char *owner);

/** @return an array with the names of the roles that allow reading; NULL if not known. */
const cihsm_value *integration_read_roles(const integration_catalogue *catalogue,
                                          const char *owner);

/**
 * Follows a path (odata/path.h) through its navigations.
 *
 * @return the entity set at its end: MessageProcessingLogAttachments for
 *         MessageProcessingLogs('x')/Attachments; NULL if the path starts with no known set
 */
const char *integration_set_of_path(const integration_catalogue *catalogue, const char *path);

#endif
