/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/path.h - paths and conditions for cihsm_client_get and its kin, made from names and values.
 *
 * No state is kept: any thread may call.
 */
#ifndef CIHSM_PATH_H
#define CIHSM_PATH_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_PATH_SIZE 4096 /**< room for a path, the NUL included */

/**
 * Makes the path of one entity of a set whose key is one text, or of what is below it: Set('key')
 * or Set('key')/rest. Quotes in the key are written twice. Any thread.
 *
 * @param set   name of the entity set
 * @param key   the plain value, UTF-8
 * @param rest  navigation, property or $value; NULL: the entity itself
 * @param out   the path, unencoded
 * @retval CIHSM_E_USAGE  the path is too long
 *
 * Source: docs/sap-contract.md section 4.3.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_path_entity(const char *set, const char *key,
                                                         const char *rest,
                                                         char out[CIHSM_PATH_SIZE],
                                                         cihsm_error *err);

/** One part of a key. */
typedef struct cihsm_path_key {
    const char *name;  /**< of the property; NULL: the value stands alone, as the only part */
    const char *value; /**< the plain value, UTF-8 */
} cihsm_path_key;

/**
 * cihsm_path_entity for a key of several parts: Set(Pid='P',Id='I'). Numbers are written as texts
 * too: what takes the path gives them the form of their type. Any thread.
 *
 * @param set    name of the entity set
 * @param keys   in the order they are written
 * @param count  number of keys
 * @param rest   as for cihsm_path_entity
 * @param out    the path, unencoded
 * @retval CIHSM_E_USAGE  the path is too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_path_entity_of(const char *set,
                                                            const cihsm_path_key *keys,
                                                            size_t count, const char *rest,
                                                            char out[CIHSM_PATH_SIZE],
                                                            cihsm_error *err);

/**
 * Makes a condition for cihsm_query.filter: Property eq 'text'. Quotes in the text are written
 * twice. Any thread.
 *
 * @param property  name of the property
 * @param text      the plain value, UTF-8
 * @param out       the condition
 * @retval CIHSM_E_USAGE  the condition is too long
 *
 * Source: docs/sap-contract.md section 4.5.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_filter_equal(const char *property, const char *text,
                                                          char out[CIHSM_PATH_SIZE],
                                                          cihsm_error *err);

CIHSM_END_DECLS

#endif
