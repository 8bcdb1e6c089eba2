/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/role_tasks - SAP's table of tasks and the roles they need, compiled in from
 * roles.json.
 *
 * A task there has: task, access ("read", "write"), roles, and where it differs from the rest
 * evidence ("documented"), source (a name among sources; "tasks"), words (more words to find it by)
 * and note. Source: docs/sap-contract.md section 8.
 */
#ifndef INTEGRATION_ROLE_TASKS_H
#define INTEGRATION_ROLE_TASKS_H

#include <stdbool.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

/** @param out  the document of roles.json, yours */
CIHSM_NODISCARD cihsm_status role_tasks_read(cihsm_value **out, cihsm_error *err);

/** @return the full name of a source, "tasks" if @p name is NULL; borrowed from the document. */
const char *role_tasks_source(const cihsm_value *document, const char *name);

/** Which tasks are wanted. Start with {0}: all. */
typedef struct role_task_filter {
    const char *phrase;      /**< each of its words starts a word of the task; or a role's name */
    bool is_changing_only;   /**< leaves out tasks that only read */
    bool is_documented_only; /**< leaves out tasks whose role is not documented */
} role_task_filter;

/** Appends a row for each role of each wanted task, one without a role if none is known. */
CIHSM_NODISCARD cihsm_status role_tasks_add(const cihsm_value *document,
                                            const role_task_filter *filter, cihsm_value *rows,
                                            cihsm_error *err);

#endif
