/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/path.h - paths for cihsm_client_get and its kin, made from names and values.
 */
#ifndef CIHSM_PATH_H
#define CIHSM_PATH_H

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_PATH_SIZE 4096 /**< room for a path, the NUL included */

/**
 * Makes the path of one entity of a set whose key is one text, or of what is below it: Set('key')
 * or Set('key')/rest. Quotes in the key are written twice. Any thread.
 *
 * @param key   the plain value, UTF-8
 * @param rest  navigation, property or $value; NULL: the entity itself
 * @retval CIHSM_E_USAGE  the path is too long
 *
 * Source: docs/sap-contract.md section 4.3.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_path_entity(const char *set, const char *key,
                                                         const char *rest,
                                                         char out[CIHSM_PATH_SIZE],
                                                         cihsm_error *err);

CIHSM_END_DECLS

#endif
