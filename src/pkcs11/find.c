/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/find.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

enum { BATCH = 64, OBJECTS_MAX = 65536, VALUE_USUAL = 2048 };

static cihsm_status begin(const pkcs11_link *link, CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted,
                          CK_ULONG count, cihsm_error *err)
{
    const CK_RV rv = pkcs11_c_find_objects_init(link, session, wanted, count);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot search the token");
    }
    return CIHSM_OK;
}

static cihsm_status end(const pkcs11_link *link, CK_SESSION_HANDLE session, cihsm_status status,
                        cihsm_error *err)
{
    const CK_RV rv = pkcs11_c_find_objects_final(link, session);
    if (status == CIHSM_OK && rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot end a search of the token");
    }
    return status;
}

static cihsm_status next(const pkcs11_link *link, CK_SESSION_HANDLE session,
                         CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *found,
                         cihsm_error *err)
{
    *found = 0;
    const CK_RV rv = pkcs11_c_find_objects(link, session, objects, room, found);
    if (rv != CKR_OK || *found > room) {
        return pkcs11_fail(err, rv == CKR_OK ? CKR_GENERAL_ERROR : rv, "cannot search the token");
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_find_some(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_ATTRIBUTE *wanted, CK_ULONG count, CK_OBJECT_HANDLE *objects,
                              CK_ULONG room, CK_ULONG *found, cihsm_error *err)
{
    CIHSM_TRY(begin(link, session, wanted, count, err));
    const cihsm_status status = next(link, session, objects, room, found, err);
    return end(link, session, status, err);
}

void pkcs11_objects_free(pkcs11_objects *objects)
{
    free(objects->handles);
    *objects = (pkcs11_objects){.count = 0};
}

static cihsm_status append(pkcs11_objects *to, const CK_OBJECT_HANDLE *batch, size_t count,
                           cihsm_error *err)
{
    if (to->count + count > OBJECTS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "more than %d objects on the token",
                                OBJECTS_MAX);
    }
    CK_OBJECT_HANDLE *grown = realloc(to->handles, (to->count + count) * sizeof *grown);
    if (grown == NULL) {
        return cihsm_fail_memory(err);
    }
    memcpy(grown + to->count, batch, count * sizeof *batch);
    to->handles = grown;
    to->count += count;
    return CIHSM_OK;
}

static cihsm_status collect(const pkcs11_link *link, CK_SESSION_HANDLE session, pkcs11_objects *out,
                            cihsm_error *err)
{
    for (;;) {
        CK_OBJECT_HANDLE batch[BATCH];
        CK_ULONG found = 0;
        CIHSM_TRY(next(link, session, batch, BATCH, &found, err));
        if (found == 0) {
            return CIHSM_OK;
        }
        CIHSM_TRY(append(out, batch, found, err));
    }
}

cihsm_status pkcs11_find_all(const pkcs11_link *link, CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE *wanted, CK_ULONG count, pkcs11_objects *out,
                             cihsm_error *err)
{
    CIHSM_TRY(begin(link, session, wanted, count, err));
    const cihsm_status status = collect(link, session, out, err);
    return end(link, session, status, err);
}

static bool is_absent(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_ATTRIBUTE_VALUE_INVALID;
}

/* Longer than usual: asks for the length, then reads. */
static cihsm_status read_long(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, buffer *out,
                              bool *present, cihsm_error *err)
{
    CK_ATTRIBUTE wanted = {type, NULL, 0};
    CK_RV rv = pkcs11_c_get_attribute_value(link, session, object, &wanted);
    if (rv == CKR_OK && wanted.ulValueLen > out->max) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT, "an attribute on the token is longer than %zu",
                                out->max);
    }
    uint8_t *bytes = rv == CKR_OK ? malloc(wanted.ulValueLen + 1) : NULL;
    if (rv == CKR_OK && bytes == NULL) {
        return cihsm_fail_memory(err);
    }
    cihsm_status status = CIHSM_OK;
    const CK_ULONG room = wanted.ulValueLen;
    if (rv == CKR_OK) {
        wanted.pValue = bytes;
        rv = pkcs11_c_get_attribute_value(link, session, object, &wanted);
    }
    if (rv == CKR_OK && wanted.ulValueLen > room) {
        rv = CKR_GENERAL_ERROR; /* a length that is not true */
    }
    if (rv == CKR_OK) {
        *present = true;
        status = buffer_append(out, bytes, wanted.ulValueLen, err);
    } else {
        status = pkcs11_fail(err, rv, "cannot read attribute 0x%lx", type);
    }
    free(bytes);
    return status;
}

cihsm_status pkcs11_attribute(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, buffer *out,
                              bool *present, cihsm_error *err)
{
    uint8_t bytes[VALUE_USUAL];
    CK_ATTRIBUTE wanted = {type, bytes, sizeof bytes};
    *present = false;
    const CK_RV rv = pkcs11_c_get_attribute_value(link, session, object, &wanted);
    if (rv == CKR_BUFFER_TOO_SMALL) {
        return read_long(link, session, object, type, out, present, err);
    }
    if (is_absent(rv) || (rv == CKR_OK && wanted.ulValueLen == CK_UNAVAILABLE_INFORMATION)) {
        return CIHSM_OK;
    }
    if (rv != CKR_OK || wanted.ulValueLen > sizeof bytes) {
        return pkcs11_fail(err, rv == CKR_OK ? CKR_GENERAL_ERROR : rv,
                           "cannot read attribute 0x%lx", type);
    }
    *present = true;
    return buffer_append(out, bytes, wanted.ulValueLen, err);
}

cihsm_status pkcs11_attribute_ulong(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                    CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *out,
                                    bool *present, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_USUAL);
    CIHSM_TRY(pkcs11_attribute(link, session, object, type, &value, present, err));
    *present = *present && value.len == sizeof *out;
    if (*present) {
        memcpy(out, value.data, sizeof *out);
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_attribute_flag(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                   cihsm_tristate *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_USUAL);
    bool present = false;
    *out = CIHSM_UNKNOWN;
    CIHSM_TRY(pkcs11_attribute(link, session, object, type, &value, &present, err));
    if (value.len == sizeof(CK_BBOOL)) {
        *out = value.data[0] == CK_FALSE ? CIHSM_NO : CIHSM_YES;
    }
    return CIHSM_OK;
}
