/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and signatures. Arguments are held by value: see pkcs11_call. */
#include <stdlib.h>
#include <string.h>

#include "cihsm/signer.h"
#include "pkcs11/flat.h"
#include "pkcs11/functions.h"

enum { FOUND_MAX = 64, DATA_MAX = 128, PARAMETER_MAX = 64 };

/* Calls that are given a template; the block is that of pkcs11/flat. */
typedef struct template_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object; /* made */
    CK_ULONG count;
    max_align_t block[];
} template_args;

static CK_RV run_find_objects_init(CK_FUNCTION_LIST *functions, void *args)
{
    template_args *a = args;
    return functions->C_FindObjectsInit(a->session, pkcs11_flat_open(a->block, a->count), a->count);
}

static CK_RV run_create_object(CK_FUNCTION_LIST *functions, void *args)
{
    template_args *a = args;
    if (functions->C_CreateObject == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_CreateObject(a->session, pkcs11_flat_open(a->block, a->count), a->count,
                                     &a->object);
}

static CK_RV call_with_template(const pkcs11_link *link, pkcs11_function function, pkcs11_run run,
                                CK_SESSION_HANDLE session, const CK_ATTRIBUTE *attributes,
                                CK_ULONG count, CK_OBJECT_HANDLE *made)
{
    const size_t size = sizeof(template_args) + pkcs11_flat_size(attributes, count);
    template_args *call = calloc(1, size);
    if (call == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    *call = (template_args){.session = session, .count = count};
    pkcs11_flat_write(call->block, attributes, count);
    const CK_RV rv = pkcs11_call(link, function, run, call, size);
    *made = call->object;
    free(call);
    return rv;
}

CK_RV pkcs11_c_find_objects_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    CK_OBJECT_HANDLE none = CK_INVALID_HANDLE;
    return call_with_template(link, PKCS11_C_FindObjectsInit, run_find_objects_init, session,
                              wanted, count, &none);
}

CK_RV pkcs11_c_create_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    return call_with_template(link, PKCS11_C_CreateObject, run_create_object, session, attributes,
                              count, out);
}

typedef struct find_objects_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE objects[FOUND_MAX];
    CK_ULONG room;
    CK_ULONG count;
} find_objects_args;

static CK_RV run_find_objects(CK_FUNCTION_LIST *functions, void *args)
{
    find_objects_args *a = args;
    return functions->C_FindObjects(a->session, a->objects, a->room, &a->count);
}

CK_RV pkcs11_c_find_objects(const pkcs11_link *link, CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    find_objects_args call = {.session = session, .room = room < FOUND_MAX ? room : FOUND_MAX};
    const CK_RV rv = pkcs11_call(link, PKCS11_C_FindObjects, run_find_objects, &call, sizeof call);
    *count = call.count;
    if (rv == CKR_OK && call.count <= call.room) {
        memcpy(objects, call.objects, call.count * sizeof *objects);
    }
    return rv;
}

typedef struct object_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
} object_args;

static CK_RV run_find_objects_final(CK_FUNCTION_LIST *functions, void *args)
{
    const object_args *a = args;
    return functions->C_FindObjectsFinal(a->session);
}

CK_RV pkcs11_c_find_objects_final(const pkcs11_link *link, CK_SESSION_HANDLE session)
{
    object_args call = {session, CK_INVALID_HANDLE};
    return pkcs11_call(link, PKCS11_C_FindObjectsFinal, run_find_objects_final, &call, sizeof call);
}

static CK_RV run_destroy_object(CK_FUNCTION_LIST *functions, void *args)
{
    const object_args *a = args;
    if (functions->C_DestroyObject == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_DestroyObject(a->session, a->object);
}

CK_RV pkcs11_c_destroy_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object)
{
    object_args call = {session, object};
    return pkcs11_call(link, PKCS11_C_DestroyObject, run_destroy_object, &call, sizeof call);
}

typedef struct attribute_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE wanted; /* its value follows */
    bool has_room;
    max_align_t value[];
} attribute_args;

static CK_RV run_get_attribute_value(CK_FUNCTION_LIST *functions, void *args)
{
    attribute_args *a = args;
    a->wanted.pValue = a->has_room ? a->value : NULL;
    return functions->C_GetAttributeValue(a->session, a->object, &a->wanted, 1);
}

CK_RV pkcs11_c_get_attribute_value(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted)
{
    const CK_ULONG room = wanted->pValue == NULL ? 0 : wanted->ulValueLen;
    const size_t size = sizeof(attribute_args) + room;
    attribute_args *call = calloc(1, size);
    if (call == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    *call = (attribute_args){.session = session,
                             .object = object,
                             .wanted = {wanted->type, NULL, wanted->ulValueLen},
                             .has_room = wanted->pValue != NULL};
    const CK_RV rv =
        pkcs11_call(link, PKCS11_C_GetAttributeValue, run_get_attribute_value, call, size);
    wanted->ulValueLen = call->wanted.ulValueLen;
    if (rv == CKR_OK && room > 0 && wanted->ulValueLen <= room) {
        memcpy(wanted->pValue, call->value, wanted->ulValueLen);
    }
    free(call);
    return rv;
}

typedef struct sign_init_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_MECHANISM mechanism; /* its parameter follows */
    _Alignas(max_align_t) CK_BYTE parameter[PARAMETER_MAX];
} sign_init_args;

static CK_RV run_sign_init(CK_FUNCTION_LIST *functions, void *args)
{
    sign_init_args *a = args;
    a->mechanism.pParameter = a->mechanism.ulParameterLen == 0 ? NULL : a->parameter;
    return functions->C_SignInit(a->session, &a->mechanism, a->key);
}

CK_RV pkcs11_c_sign_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                         CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    sign_init_args call = {.session = session, .key = key, .mechanism = *mechanism};
    if (mechanism->ulParameterLen > sizeof call.parameter) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    if (mechanism->ulParameterLen > 0) {
        memcpy(call.parameter, mechanism->pParameter, mechanism->ulParameterLen);
    }
    call.mechanism.pParameter = NULL;
    return pkcs11_call(link, PKCS11_C_SignInit, run_sign_init, &call, sizeof call);
}

typedef struct sign_args {
    CK_SESSION_HANDLE session;
    CK_BYTE data[DATA_MAX];
    CK_ULONG data_len;
    CK_BYTE sig[CIHSM_SIGNATURE_MAX];
    CK_ULONG sig_len;
} sign_args;

static CK_RV run_sign(CK_FUNCTION_LIST *functions, void *args)
{
    sign_args *a = args;
    return functions->C_Sign(a->session, a->data, a->data_len, a->sig, &a->sig_len);
}

CK_RV pkcs11_c_sign(const pkcs11_link *link, CK_SESSION_HANDLE session, const CK_BYTE *data,
                    CK_ULONG data_len, CK_BYTE *sig, CK_ULONG *sig_len)
{
    sign_args call = {.session = session, .data_len = data_len, .sig_len = *sig_len};
    if (data_len > sizeof call.data || *sig_len > sizeof call.sig) {
        return CKR_DATA_LEN_RANGE;
    }
    memcpy(call.data, data, data_len);
    const CK_RV rv = pkcs11_call(link, PKCS11_C_Sign, run_sign, &call, sizeof call);
    if (rv == CKR_OK && call.sig_len <= *sig_len) {
        memcpy(sig, call.sig, call.sig_len);
    }
    *sig_len = call.sig_len;
    return rv;
}

typedef struct pair_args {
    CK_SESSION_HANDLE session;
    CK_MECHANISM_TYPE mechanism;
    CK_ULONG public_count, private_count;
    size_t private_at; /* bytes from the start of the block */
    CK_OBJECT_HANDLE public_key, private_key;
    max_align_t block[];
} pair_args;

static CK_RV run_generate_key_pair(CK_FUNCTION_LIST *functions, void *args)
{
    pair_args *a = args;
    if (functions->C_GenerateKeyPair == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    CK_MECHANISM mechanism = {a->mechanism, NULL, 0};
    unsigned char *block = (unsigned char *)a->block;
    return functions->C_GenerateKeyPair(a->session, &mechanism,
                                        pkcs11_flat_open(block, a->public_count), a->public_count,
                                        pkcs11_flat_open(block + a->private_at, a->private_count),
                                        a->private_count, &a->public_key, &a->private_key);
}

CK_RV pkcs11_c_generate_key_pair(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 const pkcs11_pair_request *request, CK_OBJECT_HANDLE *public_key,
                                 CK_OBJECT_HANDLE *private_key)
{
    const size_t private_at = pkcs11_flat_size(request->public_template, request->public_count);
    const size_t size = sizeof(pair_args) + private_at +
                        pkcs11_flat_size(request->private_template, request->private_count);
    pair_args *call = calloc(1, size);
    if (call == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    *call = (pair_args){.session = session,
                        .mechanism = request->mechanism,
                        .public_count = request->public_count,
                        .private_count = request->private_count,
                        .private_at = private_at};
    unsigned char *block = (unsigned char *)call->block;
    pkcs11_flat_write(block, request->public_template, request->public_count);
    pkcs11_flat_write(block + private_at, request->private_template, request->private_count);
    const CK_RV rv = pkcs11_call(link, PKCS11_C_GenerateKeyPair, run_generate_key_pair, call, size);
    *public_key = call->public_key;
    *private_key = call->private_key;
    free(call);
    return rv;
}
