/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/names.h"

#include <stdlib.h>
#include <string.h>

typedef struct named_value {
    const char *name;
    unsigned long value;
} named_value;

#define VALUE(name) \
    {               \
#name, name \
    }
static const named_value CODES[] = {
    VALUE(CKR_CANCEL),
    VALUE(CKR_HOST_MEMORY),
    VALUE(CKR_SLOT_ID_INVALID),
    VALUE(CKR_GENERAL_ERROR),
    VALUE(CKR_FUNCTION_FAILED),
    VALUE(CKR_ARGUMENTS_BAD),
    VALUE(CKR_ATTRIBUTE_TYPE_INVALID),
    VALUE(CKR_ATTRIBUTE_VALUE_INVALID),
    VALUE(CKR_ACTION_PROHIBITED),
    VALUE(CKR_DATA_LEN_RANGE),
    VALUE(CKR_DEVICE_ERROR),
    VALUE(CKR_DEVICE_MEMORY),
    VALUE(CKR_DEVICE_REMOVED),
    VALUE(CKR_FUNCTION_CANCELED),
    VALUE(CKR_FUNCTION_NOT_SUPPORTED),
    VALUE(CKR_KEY_HANDLE_INVALID),
    VALUE(CKR_KEY_SIZE_RANGE),
    VALUE(CKR_KEY_TYPE_INCONSISTENT),
    VALUE(CKR_KEY_FUNCTION_NOT_PERMITTED),
    VALUE(CKR_MECHANISM_INVALID),
    VALUE(CKR_MECHANISM_PARAM_INVALID),
    VALUE(CKR_OBJECT_HANDLE_INVALID),
    VALUE(CKR_OPERATION_ACTIVE),
    VALUE(CKR_OPERATION_NOT_INITIALIZED),
    VALUE(CKR_PIN_INCORRECT),
    VALUE(CKR_PIN_INVALID),
    VALUE(CKR_PIN_LEN_RANGE),
    VALUE(CKR_PIN_EXPIRED),
    VALUE(CKR_PIN_LOCKED),
    VALUE(CKR_SESSION_CLOSED),
    VALUE(CKR_SESSION_COUNT),
    VALUE(CKR_SESSION_HANDLE_INVALID),
    VALUE(CKR_SESSION_READ_ONLY),
    VALUE(CKR_SESSION_EXISTS),
    VALUE(CKR_TEMPLATE_INCONSISTENT),
    VALUE(CKR_TOKEN_NOT_PRESENT),
    VALUE(CKR_TOKEN_NOT_RECOGNIZED),
    VALUE(CKR_TOKEN_WRITE_PROTECTED),
    VALUE(CKR_USER_ALREADY_LOGGED_IN),
    VALUE(CKR_USER_NOT_LOGGED_IN),
    VALUE(CKR_USER_PIN_NOT_INITIALIZED),
    VALUE(CKR_USER_TYPE_INVALID),
    VALUE(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    VALUE(CKR_BUFFER_TOO_SMALL),
    VALUE(CKR_CRYPTOKI_NOT_INITIALIZED),
    VALUE(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    VALUE(CKR_FUNCTION_REJECTED),
    {NULL, 0},
};

static const named_value MECHANISMS[] = {
    VALUE(CKM_RSA_PKCS_KEY_PAIR_GEN),
    VALUE(CKM_RSA_PKCS),
    VALUE(CKM_RSA_X_509),
    VALUE(CKM_RSA_PKCS_PSS),
    VALUE(CKM_EC_KEY_PAIR_GEN),
    VALUE(CKM_ECDSA),
    {NULL, 0},
};

static const named_value ATTRIBUTES[] = {
    VALUE(CKA_ID),
    VALUE(CKA_MODULUS),
    VALUE(CKA_EC_POINT),
    VALUE(CKA_DECRYPT),
    VALUE(CKA_UNWRAP),
    VALUE(CKA_DERIVE),
    VALUE(CKA_SIGN_RECOVER),
    VALUE(CKA_COPYABLE),
    VALUE(CKA_MODIFIABLE),
    VALUE(CKA_ENCRYPT),
    VALUE(CKA_VERIFY_RECOVER),
    VALUE(CKA_TOKEN),
    VALUE(CKA_SENSITIVE),
    VALUE(CKA_EXTRACTABLE),
    VALUE(CKA_LOCAL),
    VALUE(CKA_ALWAYS_AUTHENTICATE),
    VALUE(CKA_KEY_GEN_MECHANISM),
    VALUE(CKA_PUBLIC_KEY_INFO),
    {NULL, 0},
};

#define FLAG(name)        \
    {                     \
#name, CKF_##name \
    }
static const named_value FLAGS[] = {
    FLAG(WRITE_PROTECTED),        FLAG(LOGIN_REQUIRED),
    FLAG(USER_PIN_INITIALIZED),   FLAG(PROTECTED_AUTHENTICATION_PATH),
    FLAG(TOKEN_INITIALIZED),      FLAG(USER_PIN_COUNT_LOW),
    FLAG(USER_PIN_FINAL_TRY),     FLAG(USER_PIN_LOCKED),
    FLAG(USER_PIN_TO_BE_CHANGED), FLAG(SO_PIN_COUNT_LOW),
    FLAG(SO_PIN_FINAL_TRY),       FLAG(SO_PIN_LOCKED),
    FLAG(SO_PIN_TO_BE_CHANGED),   {NULL, 0},
};

static bool value_of(const named_value *table, const char *name, unsigned long *out)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            *out = table->value;
            return true;
        }
    }
    return false;
}

static bool hex_of(const char *text, unsigned long *out)
{
    char *end = NULL;
    if (strncmp(text, "0x", 2) != 0 || text[2] == '\0') {
        return false;
    }
    *out = strtoul(text, &end, 16);
    return *end == '\0';
}

bool shim_code_of(const char *name, CK_RV *out)
{
    return value_of(CODES, name, out) || hex_of(name, out);
}

bool shim_mechanism_of(const char *name, CK_MECHANISM_TYPE *out)
{
    return value_of(MECHANISMS, name, out) || hex_of(name, out);
}

bool shim_attribute_of(const char *name, CK_ATTRIBUTE_TYPE *out)
{
    return value_of(ATTRIBUTES, name, out) || hex_of(name, out);
}

bool shim_flag_of(const char *name, CK_FLAGS *out)
{
    return value_of(FLAGS, name, out);
}
