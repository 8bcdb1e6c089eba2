/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/code.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "pkcs11/call.h"

typedef struct code_row {
    CK_RV rv;
    const char *name;
    cihsm_status status;
    pkcs11_remedy remedy;
    const char *action; /* for the person who typed the command; NULL: the text says enough */
} code_row;

#define AGAIN "check that the token is plugged in or reachable, then repeat"
#define VENDOR_LOG "see the log of the PKCS#11 module"
#define ANOTHER_SCHEME \
    "the token does not sign that way; allow another signature algorithm or TLS 1.2"
#define TEMPLATE "the token refuses an attribute of the request; see its documentation"
#define DEFECT "this is a defect of the module or of this program; please report it"
#define REOPEN "repeat: the token is opened again for that"
#define NEW_PIN "have the security officer set a new PIN"
#define ROW(code, status, remedy, action)                   \
    {                                                       \
        code, #code, status, PKCS11_REMEDY_##remedy, action \
    }

/* Ordered as in the standard. One row says all that is known about a code. */
static const code_row CODES[] = {
    ROW(CKR_OK, CIHSM_OK, NONE, NULL),
    ROW(CKR_CANCEL, CIHSM_E_CANCELED, NONE, NULL),
    ROW(CKR_HOST_MEMORY, CIHSM_E_NO_MEMORY, NONE, NULL),
    ROW(CKR_SLOT_ID_INVALID, CIHSM_E_TOKEN, TOKEN, AGAIN),
    ROW(CKR_GENERAL_ERROR, CIHSM_E_TOKEN, PAUSE, VENDOR_LOG),
    ROW(CKR_FUNCTION_FAILED, CIHSM_E_TOKEN, PAUSE, VENDOR_LOG),
    ROW(CKR_ARGUMENTS_BAD, CIHSM_E_TOKEN, NONE,
        "the module may need an init string or a configuration"),
    ROW(CKR_NO_EVENT, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_NEED_TO_CREATE_THREADS, CIHSM_E_TOKEN, NONE, VENDOR_LOG),
    ROW(CKR_CANT_LOCK, CIHSM_E_TOKEN, NONE, "the module cannot be used from several threads"),
    ROW(CKR_ATTRIBUTE_READ_ONLY, CIHSM_E_TOKEN, NONE, TEMPLATE),
    ROW(CKR_ATTRIBUTE_SENSITIVE, CIHSM_E_TOKEN, NONE, NULL),
    ROW(CKR_ATTRIBUTE_TYPE_INVALID, CIHSM_E_TOKEN, NONE, TEMPLATE),
    ROW(CKR_ATTRIBUTE_VALUE_INVALID, CIHSM_E_TOKEN, NONE, TEMPLATE),
    ROW(CKR_ACTION_PROHIBITED, CIHSM_E_TOKEN, NONE, "a policy of the token forbids it"),
    ROW(CKR_DATA_INVALID, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_DATA_LEN_RANGE, CIHSM_E_TOKEN, NONE, "the key is too short for this digest or salt"),
    ROW(CKR_DEVICE_ERROR, CIHSM_E_TOKEN, PAUSE, AGAIN),
    ROW(CKR_DEVICE_MEMORY, CIHSM_E_TOKEN, NONE, "the token is full; delete what is no longer used"),
    ROW(CKR_DEVICE_REMOVED, CIHSM_E_TOKEN, TOKEN, AGAIN),
    ROW(CKR_FUNCTION_CANCELED, CIHSM_E_CANCELED, NONE, "it was declined or timed out at the token"),
    ROW(CKR_FUNCTION_NOT_SUPPORTED, CIHSM_E_TOKEN, NONE, "use the vendor's own tool for it"),
    ROW(CKR_KEY_HANDLE_INVALID, CIHSM_E_TOKEN, TOKEN, REOPEN),
    ROW(CKR_KEY_SIZE_RANGE, CIHSM_E_TOKEN, NONE, "the token does not support this key size"),
    ROW(CKR_KEY_TYPE_INCONSISTENT, CIHSM_E_TOKEN, TOKEN,
        "key and certificate are of different types"),
    ROW(CKR_KEY_FUNCTION_NOT_PERMITTED, CIHSM_E_TOKEN, NONE, "the key may not sign (CKA_SIGN)"),
    ROW(CKR_MECHANISM_INVALID, CIHSM_E_TOKEN, NONE, ANOTHER_SCHEME),
    ROW(CKR_MECHANISM_PARAM_INVALID, CIHSM_E_TOKEN, NONE, ANOTHER_SCHEME),
    ROW(CKR_OBJECT_HANDLE_INVALID, CIHSM_E_TOKEN, TOKEN, REOPEN),
    ROW(CKR_OPERATION_ACTIVE, CIHSM_E_TOKEN, SESSION, "the token is busy; repeat later"),
    ROW(CKR_OPERATION_NOT_INITIALIZED, CIHSM_E_TOKEN, SESSION, DEFECT),
    ROW(CKR_PIN_INCORRECT, CIHSM_E_PIN, NONE, NULL),
    ROW(CKR_PIN_INVALID, CIHSM_E_PIN, NONE,
        "the PIN holds characters that the token does not take"),
    ROW(CKR_PIN_LEN_RANGE, CIHSM_E_PIN, NONE, "the PIN is too short or too long for the token"),
    ROW(CKR_PIN_EXPIRED, CIHSM_E_PIN, NONE, "change the PIN first"),
    ROW(CKR_PIN_LOCKED, CIHSM_E_PIN, NONE, NEW_PIN),
    ROW(CKR_SESSION_CLOSED, CIHSM_E_TOKEN, SESSION, REOPEN),
    ROW(CKR_SESSION_COUNT, CIHSM_E_TOKEN, NONE,
        "the token has no session left; close other programs"),
    ROW(CKR_SESSION_HANDLE_INVALID, CIHSM_E_TOKEN, SESSION, REOPEN),
    ROW(CKR_SESSION_PARALLEL_NOT_SUPPORTED, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_SESSION_READ_ONLY, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_SESSION_EXISTS, CIHSM_E_TOKEN, NONE, "close other programs that use the token"),
    ROW(CKR_SESSION_READ_ONLY_EXISTS, CIHSM_E_TOKEN, NONE,
        "close other programs that use the token"),
    ROW(CKR_SESSION_READ_WRITE_SO_EXISTS, CIHSM_E_TOKEN, NONE, "the security officer is logged in"),
    ROW(CKR_TEMPLATE_INCOMPLETE, CIHSM_E_TOKEN, NONE, TEMPLATE),
    ROW(CKR_TEMPLATE_INCONSISTENT, CIHSM_E_TOKEN, NONE, TEMPLATE),
    ROW(CKR_TOKEN_NOT_PRESENT, CIHSM_E_TOKEN, TOKEN, AGAIN),
    ROW(CKR_TOKEN_NOT_RECOGNIZED, CIHSM_E_TOKEN, TOKEN,
        "the module does not know this kind of token"),
    ROW(CKR_TOKEN_WRITE_PROTECTED, CIHSM_E_TOKEN, NONE, "the token cannot be written"),
    ROW(CKR_USER_ALREADY_LOGGED_IN, CIHSM_E_TOKEN, NONE, NULL),
    ROW(CKR_USER_NOT_LOGGED_IN, CIHSM_E_TOKEN, SESSION, "the login was lost; " REOPEN),
    ROW(CKR_USER_PIN_NOT_INITIALIZED, CIHSM_E_PIN, NONE, "the token has no user PIN yet; " NEW_PIN),
    ROW(CKR_USER_TYPE_INVALID, CIHSM_E_PIN, NONE,
        "the token knows no such user; use the vendor's tool"),
    ROW(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CIHSM_E_TOKEN, NONE, "another user is logged in"),
    ROW(CKR_USER_TOO_MANY_TYPES, CIHSM_E_TOKEN, NONE, "another user is logged in"),
    ROW(CKR_RANDOM_NO_RNG, CIHSM_E_TOKEN, NONE, "the token has no random number generator"),
    ROW(CKR_DOMAIN_PARAMS_INVALID, CIHSM_E_TOKEN, NONE, "the token does not support this curve"),
    ROW(CKR_CURVE_NOT_SUPPORTED, CIHSM_E_TOKEN, NONE, "the token does not support this curve"),
    ROW(CKR_BUFFER_TOO_SMALL, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_CRYPTOKI_NOT_INITIALIZED, CIHSM_E_TOKEN, MODULE,
        "other code closed it, or it does not start again; " REOPEN),
    ROW(CKR_CRYPTOKI_ALREADY_INITIALIZED, CIHSM_E_TOKEN, NONE, NULL),
    ROW(CKR_MUTEX_BAD, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_MUTEX_NOT_LOCKED, CIHSM_E_TOKEN, NONE, DEFECT),
    ROW(CKR_FIPS_SELF_TEST_FAILED, CIHSM_E_TOKEN, NONE, VENDOR_LOG),
    ROW(CKR_LIBRARY_LOAD_FAILED, CIHSM_E_TOKEN, NONE,
        "the module lacks another library; " VENDOR_LOG),
    ROW(CKR_PIN_TOO_WEAK, CIHSM_E_PIN, NONE, "choose a stronger PIN"),
    ROW(CKR_FUNCTION_REJECTED, CIHSM_E_CANCELED, NONE, "it was declined at the token"),
};

/* What pkcs11_call says itself. */
static const code_row OWN[] = {
    {PKCS11_R_NO_MEMORY, "out of memory", CIHSM_E_NO_MEMORY, PKCS11_REMEDY_NONE, NULL},
    {PKCS11_R_NO_ANSWER, "token not answering", CIHSM_E_TIMEOUT, PKCS11_REMEDY_LATER,
     "check that it is reachable; --token-timeout says for how long it is waited for"},
    {PKCS11_R_STUCK, "token not answering an earlier call", CIHSM_E_TIMEOUT, PKCS11_REMEDY_LATER,
     "repeat when it does, or start this program again"},
    {PKCS11_R_FORKED, "the token was opened before this process was forked", CIHSM_E_STATE,
     PKCS11_REMEDY_NONE, "open it in the process that uses it"},
};

static const code_row *own_row_of(CK_RV rv)
{
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        if (OWN[i].rv == rv) {
            return &OWN[i];
        }
    }
    return NULL;
}

static const code_row *row_of(CK_RV rv)
{
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (CODES[i].rv == rv) {
            return &CODES[i];
        }
    }
    return own_row_of(rv);
}

const char *pkcs11_code_name(CK_RV rv, pkcs11_code_text *room)
{
    const code_row *row = row_of(rv);
    if (row != NULL) {
        return row->name;
    }
    snprintf(room->text, sizeof room->text, "0x%08lx", rv);
    return room->text;
}

cihsm_status pkcs11_code_status(CK_RV rv)
{
    const code_row *row = row_of(rv);
    return row == NULL ? CIHSM_E_TOKEN : row->status;
}

/* A code that nobody knows, a vendor's mostly, may mean anything, as GENERAL_ERROR does. */
pkcs11_remedy pkcs11_code_remedy(CK_RV rv)
{
    const code_row *row = row_of(rv);
    return row == NULL ? PKCS11_REMEDY_PAUSE : row->remedy;
}

cihsm_status pkcs11_fail(cihsm_error *err, CK_RV rv, const char *format, ...)
{
    char text[CIHSM_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    const code_row *row = row_of(rv);
    const char *action = row == NULL ? VENDOR_LOG : row->action;
    pkcs11_code_text name;
    return cihsm_fail(err, pkcs11_code_status(rv), CIHSM_FROM_TOKEN, rv, "%s: %s%s%s", text,
                      pkcs11_code_name(rv, &name), action == NULL ? "" : "; ",
                      action == NULL ? "" : action);
}
