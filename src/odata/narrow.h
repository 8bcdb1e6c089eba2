/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/narrow - $select and $top of an answer, for servers that do not do them.
 */
#ifndef ODATA_NARROW_H
#define ODATA_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/value.h"

/** Start with {0}: nothing is to be done. */
typedef struct odata_narrow {
    const char *select; /**< as $select; NULL: all properties */
    bool has_top;
    int64_t top; /**< entries to keep, over all pages */
} odata_narrow;

/**
 * Leaves the wanted members of an entity, or of each in an array. Of a name with slashes the first
 * one counts; "*" leaves all.
 */
void odata_select(cihsm_value *value, const char *select);

/** Leaves the first items of an array. @return how many there are then */
size_t odata_keep(cihsm_value *array, size_t count);

#endif
