/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/subject_types - the attribute types a subject may hold.
 */
#ifndef IDENTITY_SUBJECT_TYPES_H
#define IDENTITY_SUBJECT_TYPES_H

#include <stdbool.h>

#include <openssl/objects.h>

#include "cihsm/error.h"

/**
 * Looks an attribute type up by name (any case) or dotted OID ("2.5.4.3", "OID.2.5.4.3").
 *
 * @param out  yours, ASN1_OBJECT_free
 * @retval CIHSM_E_USAGE  unknown
 */
CIHSM_NODISCARD cihsm_status subject_type_find(const char *name, ASN1_OBJECT **out,
                                               cihsm_error *err);

/** True if it has the form of a dotted OID; OBJ_txt2obj takes "1..3" for 1.0.3. */
bool subject_type_is_dotted(const char *oid);

#endif
