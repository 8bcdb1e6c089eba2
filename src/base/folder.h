/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/folder - makes folders for what belongs to one person.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * Makes a folder and those above it, with mode 0700; what is there already stays as it is.
 *
 * @retval CIHSM_E_IO  one cannot be made
 */
CIHSM_NODISCARD cihsm_status folder_make(const char *path, cihsm_error *err);

#endif
