/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/artifact_resource.h - the files in an artifact, one by one: scripts, schemas, mappings.
 *
 * Flows and script collections have them read and written, message mappings read.
 *
 * Threads: what takes a client is called by the client's thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#ifndef CIHSM_ARTIFACT_RESOURCE_H
#define CIHSM_ARTIFACT_RESOURCE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/artifact.h"
#include "cihsm/error.h"
#include "cihsm/path.h"

CIHSM_BEGIN_DECLS

/** Bytes of a resource at most: what a request takes as base64. */
#define CIHSM_ARTIFACT_RESOURCE_MAX CIHSM_ARCHIVE_MAX

/** One file. Everything is borrowed. */
typedef struct cihsm_artifact_resource {
    const cihsm_artifact *artifact; /**< that it is in */
    const char *name;               /**< of the file, without folders: "schema.xsd" */
    const char *type;               /**< ResourceType; NULL: by the end of the name */
    const char *referenced_type;    /**< ReferencedResourceType: "wsdl" for an XSD that belongs to a
                                         WSDL; NULL: none */
} cihsm_artifact_resource;

/** @return the type by the end of a name, "xsd" of "a.xsd"; NULL: no type has that end. Any
 *          thread. */
CIHSM_API const char *cihsm_artifact_resource_type(const char *name);

/**
 * Makes the path of the list of an artifact's resources. Any thread.
 *
 * @param artifact  borrowed for the call
 * @param out       the path, unencoded
 * @retval CIHSM_E_USAGE  artifacts of this type have none
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_resource_list_path(
    const cihsm_artifact *artifact, char out[CIHSM_PATH_SIZE], cihsm_error *err);

/**
 * Makes the path of a resource, to read it; referenced_type is not of it, but the value of the
 * option ReferencedResourceType. Any thread.
 *
 * @param resource  borrowed for the call
 * @param rest      "$value", or NULL
 * @param out       the path, unencoded
 * @retval CIHSM_E_USAGE  artifacts of this type have none; there is no such type of a resource; the
 *                        name is empty or too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_artifact_resource_path(const cihsm_artifact_resource *resource, const char *rest,
                             char out[CIHSM_PATH_SIZE], cihsm_error *err);

/**
 * Makes a write that adds a file.
 *
 * @param resource  what it is called
 * @param bytes     content of the file, copied; @p len is at most CIHSM_ARTIFACT_RESOURCE_MAX
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  as for the path; the tenant documents no such write for this artifact
 * @retval CIHSM_E_LIMIT  too many bytes
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_artifact_resource_add(const cihsm_artifact_resource *resource, const void *bytes, size_t len,
                            cihsm_artifact_write **out, cihsm_error *err);

/**
 * Makes a write that replaces the content.
 *
 * @param resource  which file
 * @param bytes     as for cihsm_artifact_resource_add
 * @param len       of @p bytes
 * @param out       yours (cihsm_artifact_write_free)
 * @retval else  as for cihsm_artifact_resource_add
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_artifact_resource_update(const cihsm_artifact_resource *resource, const void *bytes,
                               size_t len, cihsm_artifact_write **out, cihsm_error *err);

/**
 * Makes a write that deletes a file.
 *
 * @param resource  which file
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  as for the path; the tenant documents no such write for this artifact
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_resource_delete(
    const cihsm_artifact_resource *resource, cihsm_artifact_write **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
