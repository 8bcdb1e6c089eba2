/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/entry_name - what an entry of a zip may be called: a path that stays below its folder.
 */
#ifndef ARCHIVE_ENTRY_NAME_H
#define ARCHIVE_ENTRY_NAME_H

#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * @param name  NULL: it could not be read
 * @retval CIHSM_E_PROTOCOL  it begins with a slash, holds "..", ".", an empty part, a backslash or
 *                           control characters, is no UTF-8, or too long
 */
CIHSM_NODISCARD cihsm_status entry_name_check(const char *name, cihsm_error *err);

#endif
