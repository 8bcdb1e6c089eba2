/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/metadata.h - what a tenant says about itself: its $metadata (EDMX of OData V2).
 *
 * Metadata is not changed once it is there and may be read by several threads.
 */
#ifndef CIHSM_METADATA_H
#define CIHSM_METADATA_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** Metadata that was read. */
typedef struct cihsm_metadata cihsm_metadata;

/**
 * Reads an EDMX document of OData V2. Entities and external references are never followed; sizes,
 * depth and numbers are bounded.
 *
 * @param xml  @p len bytes in an encoding that their XML declaration names; no NUL needed
 * @param out  yours
 * @retval CIHSM_E_PROTOCOL  no XML, no EDMX, broken off, of OData V4, with a DOCTYPE, too large;
 *                           the message names the line
 *
 * Source: docs/sap-contract.md section 4.1; the OData V2 part of MC-CSDL.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_parse(const char *xml, size_t len,
                                                            cihsm_metadata **out, cihsm_error *err);

/**
 * Asks the tenant.
 *
 * @param client  used by no other thread meanwhile
 * @param out     yours
 * @retval else  as for cihsm_client_get and cihsm_metadata_parse
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_fetch(cihsm_client *client,
                                                            cihsm_metadata **out, cihsm_error *err);

/**
 * Makes metadata of what is documented, in the same form: what a tenant alone knows is not there.
 *  No token, no network.
 *
 * @param out  yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_documented(cihsm_metadata **out,
                                                                 cihsm_error *err);

/**
 * Keeps fetched metadata for the next time: a file of mode 0600 a tenant, complete or not at all.
 * Nothing in it is secret.
 *
 * @param metadata  of cihsm_metadata_fetch
 * @param folder    made if it is not there
 * @retval CIHSM_E_STATE  it was not fetched
 * @retval CIHSM_E_IO     cannot be written
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_save(const cihsm_metadata *metadata,
                                                           const char *folder, cihsm_error *err);

/**
 * Reads what was kept of the tenant of a service key. No token, no network.
 *
 * @param folder       that of cihsm_metadata_save; need not be there
 * @param service_key  path of its file
 * @param out          yours; NULL if nothing is kept, or what is there cannot be used: damaged, of
 *                     another version or another tenant
 * @retval CIHSM_E_CONFIG  the service key cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_load(const char *folder,
                                                           const char *service_key,
                                                           cihsm_metadata **out, cihsm_error *err);

/** @return when it was fetched, as "2026-03-01T14:30:05Z", borrowed; NULL if it was not. */
CIHSM_API const char *cihsm_metadata_fetched_at(const cihsm_metadata *metadata);

/**
 * Lists the entity sets: Set, Keys ("Id, Version"), Properties (their number), Navigations (names
 * with commas), Media (true: its entries have a $value), Documented (false: only the tenant says
 * so).
 *
 * @param metadata  stays as it is
 * @param out       array of these objects, yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_sets(const cihsm_metadata *metadata,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Lists what the entries of a set have: Name, Kind ("key", "property", "navigation"), Type (without
 * its namespace; the target of a navigation), Nullable and MaxLength where known, of navigations
 * Multiplicity ("1", "0..1", "*") and Set. Below a property of a complex type follow that one's,
 * with dotted names (IntegrationArtifact.Id).
 *
 * @param metadata  stays as it is
 * @param name      an entity set, or a type with or without its namespace
 * @param out       array of these objects, yours
 * @retval CIHSM_E_NOT_FOUND  there is none; the message names the nearest ones
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_members(const cihsm_metadata *metadata,
                                                              const char *name, cihsm_value **out,
                                                              cihsm_error *err);

/**
 * Lists the function imports: Function, Method, Parameters ("Id Edm.String, ..."), Returns, Set;
 *  without a member where it is not known.
 *
 * @param metadata  stays as it is
 * @param out       array of these objects, yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_metadata_functions(const cihsm_metadata *metadata,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

/** Frees it, sets *metadata to NULL. NULL is fine. */
CIHSM_API void cihsm_metadata_free(cihsm_metadata **metadata);

CIHSM_END_DECLS

#endif
