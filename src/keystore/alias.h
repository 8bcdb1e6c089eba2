/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore/alias - the names of entries.
 */
#ifndef KEYSTORE_ALIAS_H
#define KEYSTORE_ALIAS_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** @return true if the alias belongs to SAP. */
bool keystore_is_reserved(const char *alias);

/** cihsm_keystore_check_alias for reserved aliases too. */
CIHSM_NODISCARD cihsm_status keystore_check_form(const char *alias, cihsm_error *err);

#endif
