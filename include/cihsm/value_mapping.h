/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/value_mapping.h - the content of value mappings: schemas, each from an agency's identifier
 * to another's, and the pairs of values in them.
 *
 * One tenant was seen to keep less than was sent: the first change of a schema drops the values
 * that came with the artifact, a second target of a source becomes its default, and a deletion
 * deletes nothing. So read again after a change.
 *
 * Threads: what takes a client is called by the client's thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#ifndef CIHSM_VALUE_MAPPING_H
#define CIHSM_VALUE_MAPPING_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/artifact.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** Which schema of an artifact; the other direction is another one. Texts are borrowed. */
typedef struct cihsm_mapping_schema {
    const char *source_agency; /**< SrcAgency */
    const char *source_id;     /**< SrcId, the identifier in it */
    const char *target_agency; /**< TgtAgency */
    const char *target_id;     /**< TgtId */
} cihsm_mapping_schema;

/**
 * Reads the schemas of a value mapping.
 *
 * @param client    used by no other thread meanwhile
 * @param artifact  of the type CIHSM_ARTIFACT_VALUE_MAPPING
 * @param only      what is NULL in it may be anything; NULL: all schemas
 * @param out       array of {"SrcAgency", "SrcId", "TgtAgency", "TgtId", "State"}, yours
 * @retval CIHSM_E_NOT_FOUND  the message says what there is not: the artifact, or this version
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_mapping_schemas(cihsm_client *client,
                                                             const cihsm_artifact *artifact,
                                                             const cihsm_mapping_schema *only,
                                                             cihsm_value **out, cihsm_error *err);

/**
 * Reads what a schema maps. All pages are followed.
 *
 * @param client    used by no other thread meanwhile
 * @param artifact  of the type CIHSM_ARTIFACT_VALUE_MAPPING
 * @param schema    without NULL in it
 * @param out       array of {"SrcAgency", "SrcId", "TgtAgency", "TgtId", "SrcValue", "TgtValue",
 *                  "Default", "Id"}, yours; Default is true for the target that is taken for a
 *                  source
 * @retval CIHSM_E_USAGE      the tenant takes no "/" and no "\" in the key of a schema
 * @retval CIHSM_E_NOT_FOUND  there is no such artifact, version or schema
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_mapping_list(cihsm_client *client,
                                                          const cihsm_artifact *artifact,
                                                          const cihsm_mapping_schema *schema,
                                                          cihsm_value **out, cihsm_error *err);

/**
 * Each makes a write of a schema, which must be there; @p out is yours.
 *
 * @param artifact       of the type CIHSM_ARTIFACT_VALUE_MAPPING
 * @param schema         without NULL in it
 * @param source         value of the source agency
 * @param target         value of the target agency
 * @param is_configured  true: the schema is a configured one from then on, which only takes true
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_mapping_upsert(
    const cihsm_artifact *artifact, const cihsm_mapping_schema *schema, const char *source,
    const char *target, bool is_configured, cihsm_artifact_write **out, cihsm_error *err);

/**
 * Makes one of several targets of a source the default.
 *
 * @param artifact       of the type CIHSM_ARTIFACT_VALUE_MAPPING
 * @param schema         without NULL in it
 * @param id             of cihsm_mapping_list
 * @param is_configured  as for cihsm_mapping_upsert
 * @param out            yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_mapping_default(const cihsm_artifact *artifact,
                                                             const cihsm_mapping_schema *schema,
                                                             const char *id, bool is_configured,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/**
 * Deletes the schema with all its values: there is no way to delete a single one.
 *
 * @param artifact  of the type CIHSM_ARTIFACT_VALUE_MAPPING
 * @param schema    without NULL in it
 * @param out       yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_mapping_delete(const cihsm_artifact *artifact,
                                                            const cihsm_mapping_schema *schema,
                                                            cihsm_artifact_write **out,
                                                            cihsm_error *err);

CIHSM_END_DECLS

#endif
