/* SPDX-License-Identifier: Apache-2.0 */
/* Module, slots, sessions, login. Arguments are held by value: see pkcs11_call. */
#include "pkcs11/functions.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "pkcs11/module.h"

typedef struct initialize_args {
    /* NSS knows one more member after pReserved and reads it: there must be a NULL. */
    struct {
        CK_C_INITIALIZE_ARGS standard;
        void *nss_reserved;
    } args;
} initialize_args;

static CK_RV run_initialize(CK_FUNCTION_LIST *functions, void *args)
{
    initialize_args *a = args;
    return functions->C_Initialize(&a->args.standard);
}

CK_RV pkcs11_c_initialize(const pkcs11_link *link, void *reserved)
{
    initialize_args call = {
        .args = {.standard = {.flags = CKF_OS_LOCKING_OK, .pReserved = reserved}}};
    return pkcs11_call(link, PKCS11_C_Initialize, run_initialize, &call, sizeof call);
}

static CK_RV run_finalize(CK_FUNCTION_LIST *functions, void *args)
{
    (void)args;
    return functions->C_Finalize(NULL);
}

CK_RV pkcs11_c_finalize(const pkcs11_link *link)
{
    return pkcs11_call(link, PKCS11_C_Finalize, run_finalize, NULL, 0);
}

/* A list that a module fills, of slots or mechanisms. */
typedef struct list_args {
    CK_SLOT_ID slot;
    CK_ULONG count;
    bool has_room;
    CK_ULONG list[];
} list_args;

static CK_RV run_get_slot_list(CK_FUNCTION_LIST *functions, void *args)
{
    list_args *a = args;
    return functions->C_GetSlotList(CK_TRUE, a->has_room ? a->list : NULL, &a->count);
}

static CK_RV run_get_mechanism_list(CK_FUNCTION_LIST *functions, void *args)
{
    list_args *a = args;
    if (functions->C_GetMechanismList == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_GetMechanismList(a->slot, a->has_room ? a->list : NULL, &a->count);
}

static CK_RV call_for_list(const pkcs11_link *link, pkcs11_function function, pkcs11_run run,
                           CK_SLOT_ID slot, CK_ULONG *list, CK_ULONG *count)
{
    const CK_ULONG room = list == NULL ? 0 : *count;
    const size_t size = sizeof(list_args) + room * sizeof *list;
    list_args *call = calloc(1, size);
    if (call == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    *call = (list_args){.slot = slot, .count = room, .has_room = list != NULL};
    const CK_RV rv = pkcs11_call(link, function, run, call, size);
    *count = call->count;
    if (rv == CKR_OK && room > 0) {
        memcpy(list, call->list, (call->count < room ? call->count : room) * sizeof *list);
    }
    free(call);
    return rv;
}

CK_RV pkcs11_c_get_slot_list(const pkcs11_link *link, CK_SLOT_ID *slots, CK_ULONG *count)
{
    return call_for_list(link, PKCS11_C_GetSlotList, run_get_slot_list, 0, slots, count);
}

CK_RV pkcs11_c_get_mechanism_list(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE *mechanisms, CK_ULONG *count)
{
    return call_for_list(link, PKCS11_C_GetMechanismList, run_get_mechanism_list, slot, mechanisms,
                         count);
}

typedef struct get_token_info_args {
    CK_SLOT_ID slot;
    CK_TOKEN_INFO info;
} get_token_info_args;

static CK_RV run_get_token_info(CK_FUNCTION_LIST *functions, void *args)
{
    get_token_info_args *a = args;
    return functions->C_GetTokenInfo(a->slot, &a->info);
}

CK_RV pkcs11_c_get_token_info(const pkcs11_link *link, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    get_token_info_args call = {.slot = slot};
    const CK_RV rv =
        pkcs11_call(link, PKCS11_C_GetTokenInfo, run_get_token_info, &call, sizeof call);
    if (rv == CKR_OK) {
        *info = call.info;
    }
    return rv;
}

typedef struct get_mechanism_info_args {
    CK_SLOT_ID slot;
    CK_MECHANISM_TYPE mechanism;
    CK_MECHANISM_INFO info;
} get_mechanism_info_args;

static CK_RV run_get_mechanism_info(CK_FUNCTION_LIST *functions, void *args)
{
    get_mechanism_info_args *a = args;
    if (functions->C_GetMechanismInfo == NULL) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return functions->C_GetMechanismInfo(a->slot, a->mechanism, &a->info);
}

CK_RV pkcs11_c_get_mechanism_info(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *info)
{
    get_mechanism_info_args call = {.slot = slot, .mechanism = mechanism};
    const CK_RV rv =
        pkcs11_call(link, PKCS11_C_GetMechanismInfo, run_get_mechanism_info, &call, sizeof call);
    if (rv == CKR_OK) {
        *info = call.info;
    }
    return rv;
}

typedef struct open_session_args {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    CK_SESSION_HANDLE session;
} open_session_args;

static CK_RV run_open_session(CK_FUNCTION_LIST *functions, void *args)
{
    open_session_args *a = args;
    return functions->C_OpenSession(a->slot, a->flags, NULL, NULL, &a->session);
}

CK_RV pkcs11_c_open_session(const pkcs11_link *link, CK_SLOT_ID slot, CK_FLAGS flags,
                            CK_SESSION_HANDLE *session)
{
    open_session_args call = {slot, flags, CK_INVALID_HANDLE};
    const CK_RV rv = pkcs11_call(link, PKCS11_C_OpenSession, run_open_session, &call, sizeof call);
    *session = call.session;
    if (rv == CKR_OK) {
        pkcs11_orphan_forget(link->module, call.session);
    }
    return rv;
}

CK_SESSION_HANDLE pkcs11_opened_session(const void *args)
{
    const open_session_args *a = args;
    return a->session;
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
    return pkcs11_call(link, PKCS11_C_CloseSession, run_close_session, &call, sizeof call);
}

typedef struct get_session_info_args {
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO info;
} get_session_info_args;

static CK_RV run_get_session_info(CK_FUNCTION_LIST *functions, void *args)
{
    get_session_info_args *a = args;
    return functions->C_GetSessionInfo(a->session, &a->info);
}

CK_RV pkcs11_c_get_session_info(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                CK_SESSION_INFO *info)
{
    get_session_info_args call = {.session = session};
    const CK_RV rv =
        pkcs11_call(link, PKCS11_C_GetSessionInfo, run_get_session_info, &call, sizeof call);
    if (rv == CKR_OK) {
        *info = call.info;
    }
    return rv;
}

enum { PIN_MAX = 256 };

typedef struct login_args {
    CK_SESSION_HANDLE session;
    CK_USER_TYPE user;
    bool is_at_token;
    CK_ULONG pin_len;
    CK_UTF8CHAR pin[PIN_MAX + 1];
} login_args;

static CK_RV run_login(CK_FUNCTION_LIST *functions, void *args)
{
    login_args *a = args;
    return functions->C_Login(a->session, a->user, a->is_at_token ? NULL : a->pin, a->pin_len);
}

CK_RV pkcs11_c_login(const pkcs11_link *link, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                     const char *pin, size_t pin_len)
{
    if (pin_len > PIN_MAX) {
        return CKR_PIN_LEN_RANGE;
    }
    pkcs11_link way = *link;
    way.is_patient = pin == NULL;
    login_args call = {session, user, pin == NULL, (CK_ULONG)pin_len, {0}};
    if (pin != NULL) {
        memcpy(call.pin, pin, pin_len);
    }
    const CK_RV rv = pkcs11_call(&way, PKCS11_C_Login, run_login, &call, sizeof call);
    OPENSSL_cleanse(&call, sizeof call);
    return rv;
}
