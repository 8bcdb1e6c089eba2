/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/role_row - one role in the answer to "which role does it need": cihsm/role.h.
 */
#ifndef INTEGRATION_ROLE_ROW_H
#define INTEGRATION_ROLE_ROW_H

#include <stdbool.h>

#include "cihsm/error.h"
#include "cihsm/value.h"

#define ROLE_DOCUMENTED "documented"
#define ROLE_OBSERVED "observed"
#define ROLE_INFERRED "inferred"
#define ROLE_UNKNOWN "unknown"

/** Texts are borrowed; NULL where there is none. */
typedef struct role_row {
    const char *role;
    const char *access;
    const char *evidence;
    const char *resource; /**< or task */
    const char *task;
    const char *explanation; /**< NULL: what the evidence means */
    const char *source;
    const char *note;
} role_row;

/** Appends an object to @p rows. */
CIHSM_NODISCARD cihsm_status role_row_add(const role_row *row, cihsm_value *rows, cihsm_error *err);

/** A row for each of an array of role names; @p like tells the rest. */
CIHSM_NODISCARD cihsm_status role_rows_add(const role_row *like, const cihsm_value *roles,
                                           cihsm_value *rows, cihsm_error *err);

#endif
