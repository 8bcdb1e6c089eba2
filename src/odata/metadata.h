/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/metadata - the digest behind a cihsm_metadata: one JSON object, made of an EDMX document,
 * of a file that was kept, or of the documentation.
 *
 *     format, root, fetchedAt  of what was fetched
 *     sets             name, type
 *     types            name, kind (entity, complex), base, media; keys: name;
 *                      properties: name, type, nullable, maxLength;
 *                      navigations: name, target, multiplicity, set
 *     functions        name, method, returns, set; parameters: name, type, nullable
 *
 * Names of types have their namespace. What is absent is not declared, or has its default.
 */
#ifndef ODATA_METADATA_H
#define ODATA_METADATA_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/metadata.h"
#include "cihsm/value.h"

#define ODATA_METADATA_FORMAT 1 /**< of the digest; a new one makes kept files unusable */
#define ODATA_BASES_MAX 16      /**< that a type may go back to */

/**
 * @param digest  taken over, set to NULL
 * @retval CIHSM_E_PROTOCOL  it has no entity set
 */
CIHSM_NODISCARD cihsm_status odata_metadata_new(cihsm_value **digest, cihsm_metadata **out,
                                                cihsm_error *err);

/** Notes where it is from, and when. */
CIHSM_NODISCARD cihsm_status odata_metadata_stamp(cihsm_metadata *metadata, const char *root,
                                                  const char *fetched_at, cihsm_error *err);

const cihsm_value *odata_metadata_digest(const cihsm_metadata *metadata);

/** @return an item of sets; NULL if there is none. */
const cihsm_value *odata_metadata_set(const cihsm_metadata *metadata, const char *name);

/** @return an item of types, by its full name; NULL for NULL and if there is none. */
const cihsm_value *odata_metadata_type(const cihsm_metadata *metadata, const char *name);

/**
 * The type of a property, inherited ones included; fits odata_type_fn (odata/tidy.h).
 *
 * @param metadata  a const cihsm_metadata
 * @param owner     entity set, or full name of a type
 */
const char *odata_metadata_property_type(const void *metadata, const char *owner,
                                         const char *property);

#endif
