/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json_names - refuses objects that have a name twice.
 */
#ifndef BASE_JSON_NAMES_H
#define BASE_JSON_NAMES_H

#include "cihsm/value.h"

/**
 * Looks at a value and all below it. cJSON keeps all members of one name and answers with the
 * first.
 *
 * @retval CIHSM_E_PROTOCOL  a name is repeated; the message names it
 */
CIHSM_NODISCARD cihsm_status json_names_check(const cihsm_value *value, cihsm_error *err);

#endif
