/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/names - values of the names that rules use.
 */
#ifndef SHIM_NAMES_H
#define SHIM_NAMES_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

/** "CKR_DEVICE_REMOVED", or any code as 0x... */
bool shim_code_of(const char *name, CK_RV *out);

/** "CKM_RSA_X_509", or any mechanism as 0x... */
bool shim_mechanism_of(const char *name, CK_MECHANISM_TYPE *out);

/** "CKA_COPYABLE", or any attribute as 0x... */
bool shim_attribute_of(const char *name, CK_ATTRIBUTE_TYPE *out);

/** "USER_PIN_LOCKED": a flag of CK_TOKEN_INFO without CKF_. */
bool shim_flag_of(const char *name, CK_FLAGS *out);

#endif
