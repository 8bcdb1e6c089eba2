/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/library - loads the file of a PKCS#11 module, or says in a person's words why not.
 */
#ifndef PKCS11_LIBRARY_H
#define PKCS11_LIBRARY_H

#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * @param out  handle for dlsym; it has a C_GetFunctionList
 * @retval CIHSM_E_CONFIG  not there, not loadable, or no PKCS#11 module
 */
CIHSM_NODISCARD cihsm_status pkcs11_library_load(const char *path, void **out, cihsm_error *err);

#endif
