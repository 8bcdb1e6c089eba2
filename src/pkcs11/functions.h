/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/functions - typed wrappers of pkcs11_call, one for each function of the standard in use.
 * Arguments are those of the standard; what a call returns is only set if it was answered.
 */
#ifndef PKCS11_FUNCTIONS_H
#define PKCS11_FUNCTIONS_H

#include "pkcs11/call.h"

/** @param reserved  of CK_C_INITIALIZE_ARGS; must live as long as the module */
CK_RV pkcs11_c_initialize(const pkcs11_link *link, void *reserved);
CK_RV pkcs11_c_finalize(const pkcs11_link *link);
CK_RV pkcs11_c_get_slot_list(const pkcs11_link *link, CK_SLOT_ID *slots, CK_ULONG *count);
CK_RV pkcs11_c_get_token_info(const pkcs11_link *link, CK_SLOT_ID slot, CK_TOKEN_INFO *info);
CK_RV pkcs11_c_get_mechanism_list(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE *mechanisms, CK_ULONG *count);
CK_RV pkcs11_c_get_mechanism_info(const pkcs11_link *link, CK_SLOT_ID slot,
                                  CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *info);
CK_RV pkcs11_c_open_session(const pkcs11_link *link, CK_SLOT_ID slot, CK_FLAGS flags,
                            CK_SESSION_HANDLE *session);
/** @return the session that the call opened, of whose arguments these are. */
CK_SESSION_HANDLE pkcs11_opened_session(const void *args);
CK_RV pkcs11_c_close_session(const pkcs11_link *link, CK_SESSION_HANDLE session);
CK_RV pkcs11_c_get_session_info(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                CK_SESSION_INFO *info);
CK_RV pkcs11_c_login(const pkcs11_link *link, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                     const char *pin, size_t pin_len);
CK_RV pkcs11_c_find_objects_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 CK_ATTRIBUTE *wanted, CK_ULONG count);
/** At most 64 at a time. */
CK_RV pkcs11_c_find_objects(const pkcs11_link *link, CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count);
CK_RV pkcs11_c_find_objects_final(const pkcs11_link *link, CK_SESSION_HANDLE session);
/** One attribute. */
CK_RV pkcs11_c_get_attribute_value(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                   CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted);
CK_RV pkcs11_c_create_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                             CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *out);
CK_RV pkcs11_c_sign_init(const pkcs11_link *link, CK_SESSION_HANDLE session,
                         CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
/** @p data_len  at most 128; @p sig_len  at most CIHSM_SIGNATURE_MAX */
CK_RV pkcs11_c_sign(const pkcs11_link *link, CK_SESSION_HANDLE session, const CK_BYTE *data,
                    CK_ULONG data_len, CK_BYTE *sig, CK_ULONG *sig_len);

/** Arguments of C_GenerateKeyPair after the session. */
typedef struct pkcs11_pair_request {
    CK_MECHANISM_TYPE mechanism; /* without parameter */
    CK_ATTRIBUTE *public_template;
    CK_ULONG public_count;
    CK_ATTRIBUTE *private_template;
    CK_ULONG private_count;
} pkcs11_pair_request;

CK_RV pkcs11_c_generate_key_pair(const pkcs11_link *link, CK_SESSION_HANDLE session,
                                 const pkcs11_pair_request *request, CK_OBJECT_HANDLE *public_key,
                                 CK_OBJECT_HANDLE *private_key);
CK_RV pkcs11_c_destroy_object(const pkcs11_link *link, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object);

#endif
