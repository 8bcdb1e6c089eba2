/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/typing - types of properties: what is documented, then what is kept of the tenant's
 * metadata. That is read when a date is met that the documentation does not know, and only then.
 *
 * May be asked by several threads.
 */
#ifndef CLIENT_TYPING_H
#define CLIENT_TYPING_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "odata/tidy.h"

typedef struct typing typing;

/**
 * @param folder  of cihsm_metadata_save; copied; NULL: only what is documented
 * @param root    copied
 */
CIHSM_NODISCARD cihsm_status typing_new(const char *folder, const char *root, typing **out,
                                        cihsm_error *err);

/** @return valid as long as the typing. */
odata_types typing_types(const typing *of);

/** Sets *of to NULL. NULL is fine. */
void typing_free(typing **of);

#endif
