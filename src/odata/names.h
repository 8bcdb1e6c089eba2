/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/names - finds the object of a name in a list of objects that have one.
 */
#ifndef ODATA_NAMES_H
#define ODATA_NAMES_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

struct odata_named;

/** Start with {0}. */
typedef struct odata_names {
    struct odata_named *entries; /**< sorted */
    size_t count;
} odata_names;

/** @param list  array of {"name":...}, borrowed as long as @p out; NULL: empty */
CIHSM_NODISCARD cihsm_status odata_names_make(const cihsm_value *list, odata_names *out,
                                              cihsm_error *err);

/** @return borrowed from the list; NULL if there is none. */
const cihsm_value *odata_names_find(const odata_names *in, const char *name);

void odata_names_free(odata_names *of);

#endif
