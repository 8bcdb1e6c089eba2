/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/form - the body of a web form, application/x-www-form-urlencoded.
 * Writes into the caller's buffer only, which wipes itself: a value may be a secret.
 */
#ifndef AUTH_FORM_H
#define AUTH_FORM_H

#include "base/buffer.h"

/** Appends "name=value", after a "&" if there is a field before; a name needs no encoding. */
CIHSM_NODISCARD cihsm_status auth_form_add(buffer *form, const char *name, const char *value,
                                           size_t len, cihsm_error *err);

#endif
