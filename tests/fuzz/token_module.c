/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#11 module that answers what the fuzzer says (fuzz_token.c): one byte decides for each
 * answer whether it is what a token says, or what none should: other codes, lengths that are not
 * true, values cut off or changed, absent ones. It writes beyond no buffer that it is given.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#include "token_values.h"

/* Objects 1 to 5: a key pair of RSA, one of P-256, a certificate. */
enum { RSA_PRIVATE = 1, RSA_PUBLIC, EC_PRIVATE, EC_PUBLIC, CERTIFICATE, OBJECTS = CERTIFICATE };
enum { SANE_FROM = 16, SEARCHES_MAX = 2 };

static const uint8_t *feed;
static size_t feed_left;
static CK_OBJECT_HANDLE next_object = 1;
static CK_OBJECT_CLASS wanted_class = CK_UNAVAILABLE_INFORMATION;

void fuzz_token_feed(const uint8_t *bytes, size_t len);

void fuzz_token_feed(const uint8_t *bytes, size_t len)
{
    feed = bytes;
    feed_left = len;
}

/* Sane when there is no more. */
static unsigned next_byte(void)
{
    if (feed_left == 0) {
        return 0xff;
    }
    feed_left--;
    return *feed++;
}

static CK_RV any_code(void)
{
    static const CK_RV CODES[] = {CKR_GENERAL_ERROR,     CKR_DEVICE_ERROR,
                                  CKR_DEVICE_REMOVED,    CKR_SESSION_HANDLE_INVALID,
                                  CKR_BUFFER_TOO_SMALL,  CKR_ATTRIBUTE_SENSITIVE,
                                  CKR_HOST_MEMORY,       CKR_FUNCTION_NOT_SUPPORTED,
                                  CKR_MECHANISM_INVALID, CKR_KEY_HANDLE_INVALID,
                                  0x80000001UL};
    return CODES[next_byte() % (sizeof CODES / sizeof *CODES)];
}

/* One call in sixteen fails, as long as there is something to say. */
static CK_RV answer(void)
{
    return next_byte() == 0 ? any_code() : CKR_OK;
}

static CK_RV initialize(void *args)
{
    (void)args;
    return answer();
}

static CK_RV finalize(void *args)
{
    (void)args;
    return CKR_OK;
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    (void)present;
    const unsigned how = next_byte();
    const CK_ULONG room = slots == NULL ? 0 : *count;
    *count = how == 1 ? 0 : how == 2 ? 3 : how == 3 ? 100000 : 1;
    for (CK_ULONG i = 0; i < room && i < *count; i++) {
        slots[i] = i;
    }
    return how == 0 ? any_code() : slots != NULL && room < *count ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static void fill(CK_UTF8CHAR *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    memcpy(field, text, strlen(text) < size ? strlen(text) : size);
    if (next_byte() < SANE_FROM) {
        for (size_t i = 0; i < size; i++) {
            field[i] = (CK_UTF8CHAR)next_byte();
        }
    }
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    (void)slot;
    memset(info, 0, sizeof *info);
    fill(info->label, sizeof info->label, "fuzz");
    fill(info->manufacturerID, sizeof info->manufacturerID, "maker");
    fill(info->model, sizeof info->model, "model");
    fill(info->serialNumber, sizeof info->serialNumber, "1");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED;
    info->flags ^= next_byte() < SANE_FROM ? (CK_FLAGS)next_byte() << 8 | next_byte() : 0;
    info->ulMaxPinLen = next_byte();
    return answer();
}

static CK_RV mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    static const CK_MECHANISM_TYPE LIST[] = {CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_ECDSA};
    enum { COUNT = sizeof LIST / sizeof *LIST };
    (void)slot;
    const CK_ULONG room = list == NULL ? 0 : *count;
    *count = next_byte() == 0 ? (CK_ULONG)next_byte() << 8 : COUNT;
    for (CK_ULONG i = 0; i < room && i < *count; i++) {
        list[i] = LIST[i % COUNT];
    }
    return list != NULL && room < *count ? CKR_BUFFER_TOO_SMALL : answer();
}

static CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    (void)slot, (void)type;
    *info = (CK_MECHANISM_INFO){256, 4096, CKF_SIGN};
    info->ulMinKeySize += next_byte();
    return answer();
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session)
{
    (void)slot, (void)flags, (void)application, (void)notify;
    *session = 1;
    return answer();
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
    (void)session;
    return answer();
}

static CK_RV close_all(CK_SLOT_ID slot)
{
    (void)slot;
    return CKR_OK;
}

static CK_RV session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    (void)session;
    *info = (CK_SESSION_INFO){.state = next_byte() % 8, .flags = CKF_SERIAL_SESSION};
    return answer();
}

/* A PIN is never refused: that would be remembered for the life of the process. */
static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
    (void)session, (void)user, (void)pin, (void)len;
    return answer();
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    (void)session;
    next_object = 1;
    wanted_class = CK_UNAVAILABLE_INFORMATION;
    for (CK_ULONG i = 0; i < count; i++) {
        if (wanted[i].type == CKA_CLASS && wanted[i].ulValueLen == sizeof wanted_class) {
            memcpy(&wanted_class, wanted[i].pValue, sizeof wanted_class);
        }
    }
    return answer();
}

static CK_OBJECT_CLASS class_of(CK_OBJECT_HANDLE object)
{
    return object == CERTIFICATE ? CKO_CERTIFICATE
           : object % 2 == 1     ? CKO_PRIVATE_KEY
                                 : CKO_PUBLIC_KEY;
}

static CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                          CK_ULONG *count)
{
    (void)session;
    *count = 0;
    for (; next_object <= OBJECTS && *count < room; next_object++) {
        if (wanted_class == CK_UNAVAILABLE_INFORMATION || class_of(next_object) == wanted_class) {
            objects[(*count)++] = next_object;
        }
    }
    const unsigned how = next_byte();
    if (how == 1) { /* one object again, and the search would not end by itself */
        next_object = next_object > 1 ? next_object - 1 : 1;
    }
    return how == 0 ? any_code() : CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return answer();
}

/* Gives a value as the standard has it. */
static CK_RV give(CK_ATTRIBUTE *to, const void *bytes, size_t len)
{
    const CK_ULONG room = to->ulValueLen;
    to->ulValueLen = len;
    if (to->pValue == NULL) {
        return CKR_OK;
    }
    if (room < len) {
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (len > 0) {
        memcpy(to->pValue, bytes, len);
    }
    return CKR_OK;
}

static CK_RV give_changed(CK_ATTRIBUTE *to, const void *bytes, size_t len)
{
    uint8_t copy[4096];
    len = len < sizeof copy ? len : sizeof copy;
    memcpy(copy, bytes, len);
    if (len > 0) {
        const size_t at = ((size_t)next_byte() << 8 | next_byte()) % len;
        copy[at] ^= (uint8_t)next_byte();
    }
    return give(to, copy, len);
}

static CK_RV give_own(CK_ATTRIBUTE *to)
{
    static uint8_t zeros[1 << 16];
    size_t len = (size_t)next_byte() << 8 | next_byte();
    if (next_byte() % 2 == 0) {
        return give(to, zeros, len);
    }
    len = len < feed_left ? len : feed_left;
    const uint8_t *bytes = feed;
    feed += len;
    feed_left -= len;
    return give(to, bytes, len);
}

static CK_RV give_any(CK_ATTRIBUTE *to, const void *bytes, size_t len)
{
    switch (next_byte()) {
    case 0:
        return any_code();
    case 1:
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    case 2:
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_OK;
    case 3: /* a length that is not true */
        to->ulValueLen += next_byte();
        return CKR_OK;
    case 4:
    case 5:
        return give_own(to);
    case 6:
        return give_changed(to, bytes, len);
    case 7:
        return give(to, bytes, len / 2);
    case 8:
        return CKR_BUFFER_TOO_SMALL;
    default:
        return give(to, bytes, len);
    }
}

static CK_RV attribute_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE *to)
{
    static const CK_BBOOL YES = CK_TRUE;
    static const CK_BBOOL NO = CK_FALSE;
    const CK_OBJECT_CLASS class = class_of(object);
    const CK_KEY_TYPE type = object <= RSA_PUBLIC ? CKK_RSA : CKK_EC;
    const uint8_t id = object <= RSA_PUBLIC ? 1 : 2;
    for (size_t i = 0; i < TOKEN_VALUE_COUNT; i++) {
        const token_value *value = &TOKEN_VALUES[i];
        if (value->type == to->type && value->is_certificate == (object == CERTIFICATE)) {
            return give_any(to, value->bytes, value->len);
        }
    }
    switch (to->type) {
    case CKA_CLASS:
        return give_any(to, &class, sizeof class);
    case CKA_KEY_TYPE:
        return give_any(to, &type, sizeof type);
    case CKA_ID:
        return give_any(to, &id, sizeof id);
    case CKA_LABEL:
        return give_any(to, "label", 5);
    case CKA_EXTRACTABLE:
    case CKA_ALWAYS_AUTHENTICATE:
        return give_any(to, &NO, sizeof NO);
    default:
        return give_any(to, &YES, sizeof YES);
    }
}

static CK_RV attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted,
                        CK_ULONG count)
{
    CK_RV rv = CKR_OK;
    (void)session;
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_RV one = attribute_of(object, &wanted[i]);
        rv = one == CKR_OK ? rv : one;
    }
    return rv;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)session, (void)mechanism, (void)key;
    return answer();
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *out,
                  CK_ULONG *out_len)
{
    (void)session, (void)data, (void)len;
    CK_ATTRIBUTE made = {0, out, *out_len};
    const uint8_t zeros[64] = {0};
    const CK_RV rv = give_any(&made, zeros, sizeof zeros);
    *out_len = made.ulValueLen;
    return rv;
}

static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public,
                      CK_ULONG public_count, CK_ATTRIBUTE *private, CK_ULONG private_count,
                      CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    (void)session, (void)mechanism, (void)public, (void)public_count, (void)private,
        (void)private_count;
    *public_key = EC_PUBLIC;
    *private_key = EC_PRIVATE;
    return answer();
}

static CK_RV destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    (void)session, (void)object;
    return answer();
}

static CK_RV get_info(CK_INFO *info)
{
    memset(info, ' ', sizeof *info);
    info->cryptokiVersion = (CK_VERSION){2, 40};
    info->flags = 0;
    return CKR_OK;
}

static CK_RV slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    (void)slot;
    memset(info, ' ', sizeof *info);
    info->flags = CKF_TOKEN_PRESENT;
    return answer();
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    static CK_FUNCTION_LIST functions = {.version = {2, 40},
                                         .C_Initialize = initialize,
                                         .C_Finalize = finalize,
                                         .C_GetInfo = get_info,
                                         .C_GetFunctionList = C_GetFunctionList,
                                         .C_GetSlotList = slot_list,
                                         .C_GetSlotInfo = slot_info,
                                         .C_GetTokenInfo = token_info,
                                         .C_GetMechanismList = mechanism_list,
                                         .C_GetMechanismInfo = mechanism_info,
                                         .C_OpenSession = open_session,
                                         .C_CloseSession = close_session,
                                         .C_CloseAllSessions = close_all,
                                         .C_GetSessionInfo = session_info,
                                         .C_Login = login,
                                         .C_FindObjectsInit = find_init,
                                         .C_FindObjects = find_objects,
                                         .C_FindObjectsFinal = find_final,
                                         .C_GetAttributeValue = attributes,
                                         .C_SignInit = sign_init,
                                         .C_Sign = sign,
                                         .C_GenerateKeyPair = generate,
                                         .C_DestroyObject = destroy};
    *out = &functions;
    return CKR_OK;
}
