/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/role.h - the roles of a service instance (service it-rt, plan api) and its parameters.
 *
 * What is known comes from tables inside the library; no token, no network. How it is known is told
 * with each role, in the member Evidence:
 *
 *     documented  SAP's documentation names the role for the task of the resource
 *     observed    a public client found the role sufficient; SAP does not document it
 *     inferred    taken from a similar task of SAP's table; not stated for this resource
 *     unknown     role not documented
 *
 * Any thread may ask.
 */
#ifndef CIHSM_ROLE_H
#define CIHSM_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/**
 * Lists the documented roles, one object for each task of a role: Task, Access ("read", "write"),
 * Role, Evidence, Source, Note (where there is one).
 *
 * Source: docs/sap-contract.md section 8.
 *
 * @param out  array of these objects, yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_role_list(cihsm_value **out, cihsm_error *err);

/**
 * Finds the roles that something needs. A resource needs all roles of its rows.
 *
 * @param what   an entity set, entity type or function import, a path through navigations
 *               ("MessageProcessingLogs/Attachments"), the words of a task ("deploy artifacts") or
 *               a role. A name of the API comes before words
 * @param write  a resource: also the roles for changing it (of a function import always); a task:
 *               only those that change something
 * @param out    objects with Role (null if not known or none needed), Access, Evidence and: for a
 *               resource Resource, Explanation, Source, Note; for a task Task, Explanation, Source,
 *               Note
 *
 * @retval CIHSM_E_NOT_FOUND  neither a resource nor a task; the message names the nearest ones
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_role_for(const char *what, bool write,
                                                      cihsm_value **out, cihsm_error *err);

#define CIHSM_TOKEN_VALIDITY_MIN 3600  /**< seconds */
#define CIHSM_TOKEN_VALIDITY_MAX 86400 /**< seconds */

/** What a service instance is to allow. Start with {0}. Strings are borrowed for the call. */
typedef struct cihsm_instance_spec {
    const char *const *resources; /**< as for cihsm_role_for, but no tasks; may be NULL */
    size_t resource_count;
    bool write;            /**< also the roles for changing them */
    long token_validity_s; /**< of OAuth tokens; 0: as in from, else SAP's default */
    const char *from;      /**< JSON file with the parameters to start from; NULL: none. What it
                                has stays, but the deprecated grant type client_x509 is replaced */
} cihsm_instance_spec;

/**
 * Makes the creation parameters of a service instance: {"roles":[…],"grant-types":
 * ["client_credentials"],"redirect-uris":[]}, with the least roles for the resources.
 *
 * @param spec      what the instance is to allow
 * @param out       yours
 * @param warnings  array of strings, yours: roles that are not documented, what was converted
 * @retval CIHSM_E_USAGE      neither resources nor a file; token validity out of its range
 * @retval CIHSM_E_NOT_FOUND  no such resource, or no role is known for any of them
 * @retval CIHSM_E_CONFIG     the file cannot be read or holds no instance parameters
 *
 * Source: docs/sap-contract.md section 2.1.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_service_instance_params(
    const cihsm_instance_spec *spec, cihsm_value **out, cihsm_value **warnings, cihsm_error *err);

CIHSM_END_DECLS

#endif
