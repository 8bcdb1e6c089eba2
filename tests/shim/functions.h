/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim/functions - every function of PKCS#11 v2.40: X(name, (parameters), (arguments)).
 * SPECIAL: has a body of its own in shim.c; PLAIN: forwarded as it is.
 */
#ifndef SHIM_FUNCTIONS_H
#define SHIM_FUNCTIONS_H

#define SHIM_SPECIAL(X)                                                                           \
    X(C_Initialize, (void *init_args), (init_args))                                               \
    X(C_Finalize, (void *reserved), (reserved))                                                   \
    X(C_GetFunctionList, (CK_FUNCTION_LIST * *function_list), (function_list))                    \
    X(C_GetTokenInfo, (CK_SLOT_ID slot_id, CK_TOKEN_INFO * info), (slot_id, info))                \
    X(C_OpenSession,                                                                              \
      (CK_SLOT_ID slot_id, CK_FLAGS flags, void *application, CK_NOTIFY notify,                   \
       CK_SESSION_HANDLE *session),                                                               \
      (slot_id, flags, application, notify, session))                                             \
    X(C_CloseSession, (CK_SESSION_HANDLE session), (session))                                     \
    X(C_CloseAllSessions, (CK_SLOT_ID slot_id), (slot_id))                                        \
    X(C_Login,                                                                                    \
      (CK_SESSION_HANDLE session, CK_USER_TYPE user_type, CK_BYTE * pin, CK_ULONG pin_len),       \
      (session, user_type, pin, pin_len))                                                         \
    X(C_FindObjectsInit, (CK_SESSION_HANDLE session, CK_ATTRIBUTE * templ, CK_ULONG count),       \
      (session, templ, count))                                                                    \
    X(C_FindObjectsFinal, (CK_SESSION_HANDLE session), (session))                                 \
    X(C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key),    \
      (session, mechanism, key))                                                                  \
    X(C_GetSlotList, (CK_BYTE token_present, CK_SLOT_ID * slot_list, CK_ULONG * count),           \
      (token_present, slot_list, count))                                                          \
    X(C_FindObjects,                                                                              \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE * object, CK_ULONG max_object_count,           \
       CK_ULONG * object_count),                                                                  \
      (session, object, max_object_count, object_count))                                          \
    X(C_Sign,                                                                                     \
      (CK_SESSION_HANDLE session, CK_BYTE * data, CK_ULONG data_len, CK_BYTE * signature,         \
       CK_ULONG * signature_len),                                                                 \
      (session, data, data_len, signature, signature_len))                                        \
    X(C_GetAttributeValue,                                                                        \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE * templ, CK_ULONG count), \
      (session, object, templ, count))                                                            \
    X(C_GenerateKeyPair,                                                                          \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_ATTRIBUTE * public_key_template,   \
       CK_ULONG public_key_attribute_count, CK_ATTRIBUTE * private_key_template,                  \
       CK_ULONG private_key_attribute_count, CK_OBJECT_HANDLE * public_key,                       \
       CK_OBJECT_HANDLE * private_key),                                                           \
      (session, mechanism, public_key_template, public_key_attribute_count, private_key_template, \
       private_key_attribute_count, public_key, private_key))

#define SHIM_PLAIN(X)                                                                             \
    X(C_GetInfo, (CK_INFO * info), (info))                                                        \
    X(C_GetSlotInfo, (CK_SLOT_ID slot_id, CK_SLOT_INFO * info), (slot_id, info))                  \
    X(C_WaitForSlotEvent, (CK_FLAGS flags, CK_SLOT_ID * slot, void *reserved),                    \
      (flags, slot, reserved))                                                                    \
    X(C_GetMechanismList,                                                                         \
      (CK_SLOT_ID slot_id, CK_MECHANISM_TYPE * mechanism_list, CK_ULONG * count),                 \
      (slot_id, mechanism_list, count))                                                           \
    X(C_GetMechanismInfo, (CK_SLOT_ID slot_id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO * info), \
      (slot_id, type, info))                                                                      \
    X(C_InitToken, (CK_SLOT_ID slot_id, CK_BYTE * pin, CK_ULONG pin_len, CK_BYTE * label),        \
      (slot_id, pin, pin_len, label))                                                             \
    X(C_InitPIN, (CK_SESSION_HANDLE session, CK_BYTE * pin, CK_ULONG pin_len),                    \
      (session, pin, pin_len))                                                                    \
    X(C_SetPIN,                                                                                   \
      (CK_SESSION_HANDLE session, CK_BYTE * old_pin, CK_ULONG old_len, CK_BYTE * new_pin,         \
       CK_ULONG new_len),                                                                         \
      (session, old_pin, old_len, new_pin, new_len))                                              \
    X(C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO * info), (session, info))     \
    X(C_GetOperationState,                                                                        \
      (CK_SESSION_HANDLE session, CK_BYTE * operation_state, CK_ULONG * operation_state_len),     \
      (session, operation_state, operation_state_len))                                            \
    X(C_SetOperationState,                                                                        \
      (CK_SESSION_HANDLE session, CK_BYTE * operation_state, CK_ULONG operation_state_len,        \
       CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentiation_key),                      \
      (session, operation_state, operation_state_len, encryption_key, authentiation_key))         \
    X(C_Logout, (CK_SESSION_HANDLE session), (session))                                           \
    X(C_CreateObject,                                                                             \
      (CK_SESSION_HANDLE session, CK_ATTRIBUTE * templ, CK_ULONG count,                           \
       CK_OBJECT_HANDLE * object),                                                                \
      (session, templ, count, object))                                                            \
    X(C_CopyObject,                                                                               \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE * templ, CK_ULONG count,  \
       CK_OBJECT_HANDLE * new_object),                                                            \
      (session, object, templ, count, new_object))                                                \
    X(C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object))   \
    X(C_GetObjectSize, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG * size),     \
      (session, object, size))                                                                    \
    X(C_SetAttributeValue,                                                                        \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE * templ, CK_ULONG count), \
      (session, object, templ, count))                                                            \
    X(C_EncryptInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key), \
      (session, mechanism, key))                                                                  \
    X(C_Encrypt,                                                                                  \
      (CK_SESSION_HANDLE session, CK_BYTE * data, CK_ULONG data_len, CK_BYTE * encrypted_data,    \
       CK_ULONG * encrypted_data_len),                                                            \
      (session, data, data_len, encrypted_data, encrypted_data_len))                              \
    X(C_EncryptUpdate,                                                                            \
      (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len, CK_BYTE * encrypted_part,    \
       CK_ULONG * encrypted_part_len),                                                            \
      (session, part, part_len, encrypted_part, encrypted_part_len))                              \
    X(C_EncryptFinal,                                                                             \
      (CK_SESSION_HANDLE session, CK_BYTE * last_encrypted_part,                                  \
       CK_ULONG * last_encrypted_part_len),                                                       \
      (session, last_encrypted_part, last_encrypted_part_len))                                    \
    X(C_DecryptInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key), \
      (session, mechanism, key))                                                                  \
    X(C_Decrypt,                                                                                  \
      (CK_SESSION_HANDLE session, CK_BYTE * encrypted_data, CK_ULONG encrypted_data_len,          \
       CK_BYTE * data, CK_ULONG * data_len),                                                      \
      (session, encrypted_data, encrypted_data_len, data, data_len))                              \
    X(C_DecryptUpdate,                                                                            \
      (CK_SESSION_HANDLE session, CK_BYTE * encrypted_part, CK_ULONG encrypted_part_len,          \
       CK_BYTE * part, CK_ULONG * part_len),                                                      \
      (session, encrypted_part, encrypted_part_len, part, part_len))                              \
    X(C_DecryptFinal, (CK_SESSION_HANDLE session, CK_BYTE * last_part, CK_ULONG * last_part_len), \
      (session, last_part, last_part_len))                                                        \
    X(C_DigestInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism), (session, mechanism))  \
    X(C_Digest,                                                                                   \
      (CK_SESSION_HANDLE session, CK_BYTE * data, CK_ULONG data_len, CK_BYTE * digest,            \
       CK_ULONG * digest_len),                                                                    \
      (session, data, data_len, digest, digest_len))                                              \
    X(C_DigestUpdate, (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len),             \
      (session, part, part_len))                                                                  \
    X(C_DigestKey, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key), (session, key))             \
    X(C_DigestFinal, (CK_SESSION_HANDLE session, CK_BYTE * digest, CK_ULONG * digest_len),        \
      (session, digest, digest_len))                                                              \
    X(C_SignUpdate, (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len),               \
      (session, part, part_len))                                                                  \
    X(C_SignFinal, (CK_SESSION_HANDLE session, CK_BYTE * signature, CK_ULONG * signature_len),    \
      (session, signature, signature_len))                                                        \
    X(C_SignRecoverInit,                                                                          \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key),                \
      (session, mechanism, key))                                                                  \
    X(C_SignRecover,                                                                              \
      (CK_SESSION_HANDLE session, CK_BYTE * data, CK_ULONG data_len, CK_BYTE * signature,         \
       CK_ULONG * signature_len),                                                                 \
      (session, data, data_len, signature, signature_len))                                        \
    X(C_VerifyInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key),  \
      (session, mechanism, key))                                                                  \
    X(C_Verify,                                                                                   \
      (CK_SESSION_HANDLE session, CK_BYTE * data, CK_ULONG data_len, CK_BYTE * signature,         \
       CK_ULONG signature_len),                                                                   \
      (session, data, data_len, signature, signature_len))                                        \
    X(C_VerifyUpdate, (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len),             \
      (session, part, part_len))                                                                  \
    X(C_VerifyFinal, (CK_SESSION_HANDLE session, CK_BYTE * signature, CK_ULONG signature_len),    \
      (session, signature, signature_len))                                                        \
    X(C_VerifyRecoverInit,                                                                        \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key),                \
      (session, mechanism, key))                                                                  \
    X(C_VerifyRecover,                                                                            \
      (CK_SESSION_HANDLE session, CK_BYTE * signature, CK_ULONG signature_len, CK_BYTE * data,    \
       CK_ULONG * data_len),                                                                      \
      (session, signature, signature_len, data, data_len))                                        \
    X(C_DigestEncryptUpdate,                                                                      \
      (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len, CK_BYTE * encrypted_part,    \
       CK_ULONG * encrypted_part_len),                                                            \
      (session, part, part_len, encrypted_part, encrypted_part_len))                              \
    X(C_DecryptDigestUpdate,                                                                      \
      (CK_SESSION_HANDLE session, CK_BYTE * encrypted_part, CK_ULONG encrypted_part_len,          \
       CK_BYTE * part, CK_ULONG * part_len),                                                      \
      (session, encrypted_part, encrypted_part_len, part, part_len))                              \
    X(C_SignEncryptUpdate,                                                                        \
      (CK_SESSION_HANDLE session, CK_BYTE * part, CK_ULONG part_len, CK_BYTE * encrypted_part,    \
       CK_ULONG * encrypted_part_len),                                                            \
      (session, part, part_len, encrypted_part, encrypted_part_len))                              \
    X(C_DecryptVerifyUpdate,                                                                      \
      (CK_SESSION_HANDLE session, CK_BYTE * encrypted_part, CK_ULONG encrypted_part_len,          \
       CK_BYTE * part, CK_ULONG * part_len),                                                      \
      (session, encrypted_part, encrypted_part_len, part, part_len))                              \
    X(C_GenerateKey,                                                                              \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_ATTRIBUTE * templ, CK_ULONG count, \
       CK_OBJECT_HANDLE * key),                                                                   \
      (session, mechanism, templ, count, key))                                                    \
    X(C_WrapKey,                                                                                  \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE wrapping_key,        \
       CK_OBJECT_HANDLE key, CK_BYTE * wrapped_key, CK_ULONG * wrapped_key_len),                  \
      (session, mechanism, wrapping_key, key, wrapped_key, wrapped_key_len))                      \
    X(C_UnwrapKey,                                                                                \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE unwrapping_key,      \
       CK_BYTE * wrapped_key, CK_ULONG wrapped_key_len, CK_ATTRIBUTE * templ,                     \
       CK_ULONG attribute_count, CK_OBJECT_HANDLE * key),                                         \
      (session, mechanism, unwrapping_key, wrapped_key, wrapped_key_len, templ, attribute_count,  \
       key))                                                                                      \
    X(C_DeriveKey,                                                                                \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE base_key,            \
       CK_ATTRIBUTE * templ, CK_ULONG attribute_count, CK_OBJECT_HANDLE * key),                   \
      (session, mechanism, base_key, templ, attribute_count, key))                                \
    X(C_SeedRandom, (CK_SESSION_HANDLE session, CK_BYTE * seed, CK_ULONG seed_len),               \
      (session, seed, seed_len))                                                                  \
    X(C_GenerateRandom, (CK_SESSION_HANDLE session, CK_BYTE * random_data, CK_ULONG random_len),  \
      (session, random_data, random_len))                                                         \
    X(C_GetFunctionStatus, (CK_SESSION_HANDLE session), (session))                                \
    X(C_CancelFunction, (CK_SESSION_HANDLE session), (session))

#define SHIM_ALL(X) SHIM_SPECIAL(X) SHIM_PLAIN(X)

#define SHIM_ENUMERATOR(name, parameters, arguments) SHIM_##name,
typedef enum shim_function { SHIM_ALL(SHIM_ENUMERATOR) SHIM_FUNCTION_COUNT } shim_function;
#undef SHIM_ENUMERATOR

/** @return "C_Sign" for SHIM_C_Sign. */
const char *shim_function_name(shim_function function);

/** @return SHIM_FUNCTION_COUNT if the standard has no such function. */
shim_function shim_function_of(const char *name);

#endif
