/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/find - object searches and attributes of objects. Every search that was begun is ended.
 */
#ifndef PKCS11_FIND_H
#define PKCS11_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/key.h"
#include "pkcs11/call.h"

/** A few objects at most: three calls whatever is on the token. @p found is at most @p room. */
CIHSM_NODISCARD cihsm_status pkcs11_find_some(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                              CK_ATTRIBUTE *wanted, CK_ULONG count,
                                              CK_OBJECT_HANDLE *objects, CK_ULONG room,
                                              CK_ULONG *found, cihsm_error *err);

typedef struct pkcs11_objects {
    CK_OBJECT_HANDLE *handles;
    size_t count;
} pkcs11_objects;

void pkcs11_objects_free(pkcs11_objects *objects);

/** All objects, up to 65536. */
CIHSM_NODISCARD cihsm_status pkcs11_find_all(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                             CK_ATTRIBUTE *wanted, CK_ULONG count,
                                             pkcs11_objects *out, cihsm_error *err);

/**
 * Reads one attribute; one at a time, because some modules fail altogether if one of several is
 * unknown to them.
 *
 * @param out      appended to
 * @param present  out: false if the token has it not, does not know it or does not give it
 */
CIHSM_NODISCARD cihsm_status pkcs11_attribute(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                              CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                              buffer *out, bool *present, cihsm_error *err);

/** An attribute that is a CK_ULONG. @p present is false, too, if its length is another. */
CIHSM_NODISCARD cihsm_status pkcs11_attribute_ulong(const pkcs11_link *link,
                                                    CK_SESSION_HANDLE session,
                                                    CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                                    CK_ULONG *out, bool *present, cihsm_error *err);

/** The same of a CK_BBOOL; CIHSM_UNKNOWN if the token does not tell. */
CIHSM_NODISCARD cihsm_status pkcs11_attribute_flag(const pkcs11_link *link,
                                                   CK_SESSION_HANDLE session,
                                                   CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                                   cihsm_tristate *out, cihsm_error *err);

#endif
