/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/tidy - turns an OData V2 JSON value into plain JSON, in place:
 *   __metadata and members {"__deferred":…} are removed; an expanded {"results":[…]} becomes the
 *   array; "/Date(n)/" becomes ISO 8601 UTC, and so does ISO text of an Edm.DateTime that lacks its
 *   zone. Everything else stays, Edm.Int64 strings too.
 *
 * An expanded collection that carries more than its results (a "__next" of its own) stays as it
 * is: unwrapping would lose that link without a word.
 *
 * Source: docs/sap-contract.md sections 5.2 and 5.3.
 */
#ifndef ODATA_TIDY_H
#define ODATA_TIDY_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"

/**
 * Says the Edm type of a property.
 *
 * @param owner  entity set, or entity type with or without namespace
 * @return "Edm.DateTime"; NULL if not known
 */
typedef const char *(*odata_type_fn)(const void *user, const char *owner, const char *property);

/** Start with {0}: no type is known. */
typedef struct odata_types {
    odata_type_fn type_of; /**< may be NULL */
    const void *user;      /**< handed to type_of; borrowed */
} odata_types;

#define ODATA_DATE_SIZE 32

/**
 * Reads "/Date(n)/", and with @p offset_allowed "/Date(n+0060)/" (the offset, in minutes, only
 * records a zone: n is UTC). Milliseconds are written only where they are not zero.
 *
 * @return false if the whole text is no such date, or the year is outside 1 to 9999
 */
bool odata_date_to_iso(const char *text, bool offset_allowed, char out[ODATA_DATE_SIZE]);

/**
 * Tidies a value and all below it. A date is converted where the type is Edm.DateTime or
 * Edm.DateTimeOffset; where no type is known, on a full match of "/Date(n)/"; where another type
 * is known, never.
 *
 * @param owner  entity set of the outermost entities, used where the server's own type name is
 *               not known; may be NULL
 */
CIHSM_NODISCARD cihsm_status odata_tidy(cihsm_value *value, const char *owner,
                                        const odata_types *types, cihsm_error *err);

#endif
