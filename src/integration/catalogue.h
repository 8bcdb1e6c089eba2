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

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "odata/path.h"

typedef struct integration_catalogue integration_catalogue;

/** Gives the one catalogue of the process. A failure (out of memory) may be tried again. */
CIHSM_NODISCARD cihsm_status integration_catalogue_get(const integration_catalogue **out,
                                                       cihsm_error *err);

/** @return the first resource (entity set or function import); go on with cihsm_value_next. */
const cihsm_value *integration_first(const integration_catalogue *catalogue);

/** @return the resource of that entity set, entity type or function import; NULL if not known. */
const cihsm_value *integration_resource(const integration_catalogue *catalogue, const char *name);

/** @return the resource of the entity set that a path's first segment names; NULL if not known. */
const cihsm_value *integration_set(const integration_catalogue *catalogue,
                                   const odata_segment *segment);

/** @return the name of a resource's entity set or function import. */
const char *integration_name(const cihsm_value *resource);

/**
 * Goes one segment on from a resource.
 *
 * @param resource  in: where it starts; out: where a navigation leads, NULL if that is not in the
 *                  catalogue; unchanged for a property, $value, $count and $links
 * @return false if the resource has neither a navigation nor a property of that name
 */
bool integration_follow(const integration_catalogue *catalogue, const cihsm_value **resource,
                        const odata_segment *segment);

/** @return true if the resource has a navigation of that name that leads to many. */
bool integration_is_collection(const cihsm_value *resource, const char *name, size_t len);

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
