/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/functions.h"

#include <string.h>

typedef struct initialize_args {
    CK_C_INITIALIZE_ARGS *args;
} initialize_args;

static CK_RV run_initialize(CK_FUNCTION_LIST *functions, void *args)
{
    const initialize_args *a = args;
    return functions->C_Initialize(a->args);
}

CK_RV pkcs11_c_initialize(const pkcs11_link *link, CK_C_INITIALIZE_ARGS *args)
{
    initialize_args call = {args};
    return pkcs11_call(link, PKCS11_C_Initialize, run_initialize, &call);
}

static CK_RV run_finalize(CK_FUNCTION_LIST *functions, void *args)
{
    return functions->C_Finalize(args);
}

CK_RV pkcs11_c_finalize(const pkcs11_link *link)
{
    return pkcs11_call(link, PKCS11_C_Finalize, run_finalize, NULL);
}

typedef struct get_slot_list_args {
    CK_SLOT_ID *slots;
    CK_ULONG *count;
} get_slot_list_args;

static CK_RV run_get_slot_list(CK_FUNCTION_LIST *functions, void *args)
{
    const get_slot_list_args *a = args;
    return functions->C_GetSlotList(CK_TRUE, a->slots, a->count);
}

CK_RV pkcs11_c_get_slot_list(const pkcs11_link *link, CK_SLOT_ID *slots, CK_ULONG *count)
{
    get_slot_list_args call = {slots, count};
    return pkcs11_call(link, PKCS11_C_GetSlotList, run_get_slot_list, &call);
}

typedef struct get_token_info_args {
    CK_SLOT_ID slot;
    CK_TOKEN_INFO *info;
} get_token_info_args;

static CK_RV run_get_token_info(CK_FUNCTION_LIST *functions, void *args)
{
    const get_token_info_args *a = args;
    return functions->C_GetTokenInfo(a->slot, a->info);
}

CK_RV pkcs11_c_get_token_info(const pkcs11_link *link, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    get_token_info_args call = {slot, info};
    return pkcs11_call(link, PKCS11_C_GetTokenInfo, run_get_token_info, &call);
}

typedef struct get_mechanism_list_args {
    CK_SLOT_ID slot;
    CK_MECHANISM_TYPE *mechanisms;
    CK_ULONG *count;
} get_mechanism_list_args;

static CK_RV run_get_mechanism_list(CK_FUNCTION_LIST *functions, void *args)
{
    const get_mechanism_list_args *a = args;
    if (functions->C_GetMechanismList == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_GetMechanismList(a->slot, a->mechanisms, a->count);
}

CK_RV pkcs11_c_get_mechanism_list(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE *mechanisms, CK_ULONG *count)
{
    get_mechanism_list_args call = {slot, mechanisms, count};
    return pkcs11_call(link, PKCS11_C_GetMechanismList, run_get_mechanism_list, &call);
}

typedef struct get_mechanism_info_args {
    CK_SLOT_ID slot;
    CK_MECHANISM_TYPE mechanism;
    CK_MECHANISM_INFO *info;
} get_mechanism_info_args;

static CK_RV run_get_mechanism_info(CK_FUNCTION_LIST *functions, void *args)
{
    const get_mechanism_info_args *a = args;
    if (functions->C_GetMechanismInfo == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_GetMechanismInfo(a->slot, a->mechanism, a->info);
}

CK_RV pkcs11_c_get_mechanism_info(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *info)
{
    get_mechanism_info_args call = {slot, mechanism, info};
    return pkcs11_call(link, PKCS11_C_GetMechanismInfo, run_get_mechanism_info, &call);
}

typedef struct open_session_args {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    CK_SESSION_HANDLE *session;
} open_session_args;

static CK_RV run_open_session(CK_FUNCTION_LIST *functions, void *args)
{
    const open_session_args *a = args;
    return functions->C_OpenSession(a->slot, a->flags, NULL, NULL, a->session);
}

CK_RV pkcs11_c_open_session(const pkcs11_link *link, CK_SLOT_ID slot, CK_FLAGS flags,
                            CK_SESSION_HANDLE *session)
{
    open_session_args call = {slot, flags, session};
    return pkcs11_call(link, PKCS11_C_OpenSession, run_open_session, &call);
}

typedef struct close_session_args {
    CK_SESSION_HANDLE session;
} close_session_args;

static CK_RV run_close_session(CK_FUNCTION_LIST *functions, void *args)
{
    const close_session_args *a = args;
    return functions->C_CloseSession(a->session);
}

CK_RV pkcs11_c_close_session(const pkcs11_link *link, CK_SESSION_HANDLE session)
{
    close_session_args call = {session};
    return pkcs11_call(link, PKCS11_C_CloseSession, run_close_session, &call);
}

typedef struct get_session_info_args {
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO *info;
} get_session_info_args;

static CK_RV run_get_session_info(CK_FUNCTION_LIST *functions, void *args)
{
    const get_session_info_args *a = args;
    return functions->C_GetSessionInfo(a->session, a->info);
}

CK_RV pkcs11_c_get_session_info(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                CK_SESSION_INFO *info)
{
    get_session_info_args call = {session, info};
    return pkcs11_call(link, PKCS11_C_GetSessionInfo, run_get_session_info, &call);
}

typedef struct login_args {
    CK_SESSION_HANDLE session;
    CK_USER_TYPE user;
    const char *pin;
    size_t pin_len;
} login_args;

static CK_RV run_login(CK_FUNCTION_LIST *functions, void *args)
{
    const login_args *a = args;
    CK_UTF8CHAR *pin = NULL;
    if (a->pin != NULL) {
        memcpy(&pin, &a->pin, sizeof pin); /* the standard's prototype lacks the const */
    }
    return functions->C_Login(a->session, a->user, pin, (CK_ULONG)a->pin_len);
}

CK_RV pkcs11_c_login(const pkcs11_link *link, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                     const char *pin, size_t pin_len)
{
    login_args call = {session, user, pin, pin_len};
    return pkcs11_call(link, PKCS11_C_Login, run_login, &call);
}

typedef struct find_objects_init_args {
    CK_SESSION_HANDLE session;
    CK_ATTRIBUTE *wanted;
    CK_ULONG count;
} find_objects_init_args;

static CK_RV run_find_objects_init(CK_FUNCTION_LIST *functions, void *args)
{
    const find_objects_init_args *a = args;
    return functions->C_FindObjectsInit(a->session, a->wanted, a->count);
}

CK_RV pkcs11_c_find_objects_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    find_objects_init_args call = {session, wanted, count};
    return pkcs11_call(link, PKCS11_C_FindObjectsInit, run_find_objects_init, &call);
}

typedef struct find_objects_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE *objects;
    CK_ULONG room;
    CK_ULONG *count;
} find_objects_args;

static CK_RV run_find_objects(CK_FUNCTION_LIST *functions, void *args)
{
    const find_objects_args *a = args;
    return functions->C_FindObjects(a->session, a->objects, a->room, a->count);
}

CK_RV pkcs11_c_find_objects(const pkcs11_link *link, CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    find_objects_args call = {session, objects, room, count};
    return pkcs11_call(link, PKCS11_C_FindObjects, run_find_objects, &call);
}

typedef struct find_objects_final_args {
    CK_SESSION_HANDLE session;
} find_objects_final_args;

static CK_RV run_find_objects_final(CK_FUNCTION_LIST *functions, void *args)
{
    const find_objects_final_args *a = args;
    return functions->C_FindObjectsFinal(a->session);
}

CK_RV pkcs11_c_find_objects_final(const pkcs11_link *link, CK_SESSION_HANDLE session)
{
    find_objects_final_args call = {session};
    return pkcs11_call(link, PKCS11_C_FindObjectsFinal, run_find_objects_final, &call);
}

typedef struct get_attribute_value_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE *wanted;
    CK_ULONG count;
} get_attribute_value_args;

static CK_RV run_get_attribute_value(CK_FUNCTION_LIST *functions, void *args)
{
    const get_attribute_value_args *a = args;
    return functions->C_GetAttributeValue(a->session, a->object, a->wanted, a->count);
}

CK_RV pkcs11_c_get_attribute_value(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    get_attribute_value_args call = {session, object, wanted, count};
    return pkcs11_call(link, PKCS11_C_GetAttributeValue, run_get_attribute_value, &call);
}

typedef struct create_object_args {
    CK_SESSION_HANDLE session;
    CK_ATTRIBUTE *attributes;
    CK_ULONG count;
    CK_OBJECT_HANDLE *out;
} create_object_args;

static CK_RV run_create_object(CK_FUNCTION_LIST *functions, void *args)
{
    const create_object_args *a = args;
    if (functions->C_CreateObject == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_CreateObject(a->session, a->attributes, a->count, a->out);
}

CK_RV pkcs11_c_create_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    create_object_args call = {session, attributes, count, out};
    return pkcs11_call(link, PKCS11_C_CreateObject, run_create_object, &call);
}

typedef struct sign_init_args {
    CK_SESSION_HANDLE session;
    CK_MECHANISM *mechanism;
    CK_OBJECT_HANDLE key;
} sign_init_args;

static CK_RV run_sign_init(CK_FUNCTION_LIST *functions, void *args)
{
    const sign_init_args *a = args;
    return functions->C_SignInit(a->session, a->mechanism, a->key);
}

CK_RV pkcs11_c_sign_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                         CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    sign_init_args call = {session, mechanism, key};
    return pkcs11_call(link, PKCS11_C_SignInit, run_sign_init, &call);
}

typedef struct sign_args {
    CK_SESSION_HANDLE session;
    CK_BYTE *data;
    CK_ULONG data_len;
    CK_BYTE *sig;
    CK_ULONG *sig_len;
} sign_args;

static CK_RV run_sign(CK_FUNCTION_LIST *functions, void *args)
{
    const sign_args *a = args;
    return functions->C_Sign(a->session, a->data, a->data_len, a->sig, a->sig_len);
}

CK_RV pkcs11_c_sign(const pkcs11_link *link, CK_SESSION_HANDLE session, CK_BYTE *data,
                    CK_ULONG data_len, CK_BYTE *sig, CK_ULONG *sig_len)
{
    sign_args call = {session, data, data_len, sig, sig_len};
    return pkcs11_call(link, PKCS11_C_Sign, run_sign, &call);
}

typedef struct pair_args {
    CK_SESSION_HANDLE session;
    pkcs11_pair_request *request;
    CK_OBJECT_HANDLE *public_key;
    CK_OBJECT_HANDLE *private_key;
} pair_args;

static CK_RV run_generate_key_pair(CK_FUNCTION_LIST *functions, void *args)
{
    const pair_args *a = args;
    if (functions->C_GenerateKeyPair == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_GenerateKeyPair(
        a->session, &a->request->mechanism, a->request->public_template, a->request->public_count,
        a->request->private_template, a->request->private_count, a->public_key, a->private_key);
}

CK_RV pkcs11_c_generate_key_pair(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 pkcs11_pair_request *request, CK_OBJECT_HANDLE *public_key,
                                 CK_OBJECT_HANDLE *private_key)
{
    pair_args call = {session, request, public_key, private_key};
    return pkcs11_call(link, PKCS11_C_GenerateKeyPair, run_generate_key_pair, &call);
}

typedef struct destroy_object_args {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
} destroy_object_args;

static CK_RV run_destroy_object(CK_FUNCTION_LIST *functions, void *args)
{
    const destroy_object_args *a = args;
    if (functions->C_DestroyObject == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_DestroyObject(a->session, a->object);
}

CK_RV pkcs11_c_destroy_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object)
{
    destroy_object_args call = {session, object};
    return pkcs11_call(link, PKCS11_C_DestroyObject, run_destroy_object, &call);
}
