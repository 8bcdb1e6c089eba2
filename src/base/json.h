/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json - the only place that knows cJSON; cihsm_value is one of its nodes.
 * What the public value.h does not offer: changing a parsed tree in place.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "cihsm/value.h"

/** First child for changing; NULL if none. Go on with json_next. */
cihsm_value *json_first(cihsm_value *value);
cihsm_value *json_next(cihsm_value *item);

/** The member of that exact name for changing; NULL if absent. */
cihsm_value *json_get(cihsm_value *object, const char *name);

/** Takes a child out of its parent; it is yours then. */
CIHSM_NODISCARD cihsm_value *json_detach(cihsm_value *parent, cihsm_value *child);

/** Removes and frees a child. */
void json_remove(cihsm_value *parent, cihsm_value *child);

/** Puts *replacement in the place of @p child (freed), under its name; sets it to NULL. */
void json_replace(cihsm_value *parent, cihsm_value *child, cihsm_value **replacement);

/** cihsm_value_free for a document that held secrets: the texts are wiped first. */
void json_free_wiped(cihsm_value **value);

/** Gives a string node another text. */
CIHSM_NODISCARD cihsm_status json_assign_string(cihsm_value *string, const char *text,
                                                cihsm_error *err);

/** @return the version of the cJSON that runs, "1.7.15". */
const char *json_library(void);

#endif
