/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/name - names of folders for ids: readable, and good for every file system that a
 * repository may be checked out on.
 *
 * Letters, digits, blanks, ".", "_" and "-" stay; other bytes become %XX, and so does a blank, "."
 * or "-" at the start and a blank or "." at the end. What differs in nothing but case, is
 * reserved, or is too long ends in "~" and eight digits of a hash of the id.
 */
#ifndef SNAPSHOT_NAME_H
#define SNAPSHOT_NAME_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

#define SNAPSHOT_NAME_SIZE 200

typedef struct snapshot_name {
    const char *id; /**< borrowed */
    char text[SNAPSHOT_NAME_SIZE];
} snapshot_name;

/**
 * Names what stands in one folder. The names depend on the ids only, not on their order.
 *
 * @param names  with their ids, which are different; sorted by this call
 */
CIHSM_NODISCARD cihsm_status snapshot_name_all(snapshot_name **names, size_t count,
                                               cihsm_error *err);

#endif
