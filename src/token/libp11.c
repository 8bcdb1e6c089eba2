/* SPDX-License-Identifier: Apache-2.0 */
#include "token/libp11.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

/* libp11's header names two types that OpenSSL hides with its deprecated calls. */
typedef struct rsa_meth_st RSA_METHOD;
typedef struct ec_key_method_st EC_KEY_METHOD;
#include <libp11.h>

#include "pkcs11/module.h"

struct token_libp11 {
    PKCS11_CTX *context;
    PKCS11_SLOT *slots;
    unsigned slot_count;
    PKCS11_SLOT *here;
    bool is_left; /* a call that was left is inside */
    token_libp11 *next_kept;
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static token_libp11 *kept;

static void keep(token_libp11 *of)
{
    pthread_mutex_lock(&kept_lock);
    of->next_kept = kept;
    kept = of;
    pthread_mutex_unlock(&kept_lock);
}

/* The code behind the result of a libp11 call; empties OpenSSL's error queue. */
static CK_RV code_of(int result)
{
    CK_RV rv = result == 0 ? CKR_OK : CKR_GENERAL_ERROR;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        if (result != 0 && ERR_GET_LIB(code) == ERR_get_CKR_code()) {
            rv = (CK_RV)ERR_GET_REASON(code);
        }
    }
    return rv;
}

static CK_RV call(const pkcs11_link *link, pkcs11_function function, pkcs11_run run,
                  token_libp11 *of, void *args, size_t size)
{
    const CK_RV rv = pkcs11_call(link, function, run, args, size);
    of->is_left = of->is_left || rv == PKCS11_R_NO_ANSWER;
    return rv;
}

typedef struct open_args {
    token_libp11 *of;
    const char *path; /* of the module, which stays registered */
    CK_SLOT_ID slot;
} open_args;

static void find_slot(token_libp11 *of, CK_SLOT_ID id)
{
    for (unsigned i = 0; i < of->slot_count; i++) {
        PKCS11_SLOT *slot = &of->slots[i];
        if (slot->token != NULL && PKCS11_get_slotid_from_slot(slot) == id) {
            of->here = slot;
        }
    }
}

static CK_RV run_open(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const open_args *a = args;
    token_libp11 *of = a->of;
    of->context = PKCS11_CTX_new();
    if (of->context == NULL) {
        return CKR_HOST_MEMORY;
    }
    CK_RV rv = code_of(PKCS11_CTX_load(of->context, a->path));
    if (rv == CKR_OK) {
        rv = code_of(PKCS11_enumerate_slots(of->context, &of->slots, &of->slot_count));
    }
    if (rv == CKR_OK) {
        find_slot(of, a->slot);
    }
    return rv;
}

CK_RV token_libp11_open(const pkcs11_link *link, CK_SLOT_ID slot, token_libp11 **out)
{
    token_libp11 *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return PKCS11_R_NO_MEMORY;
    }
    open_args args = {made, link->module->path, slot};
    CK_RV rv = call(link, PKCS11_libp11_open, run_open, made, &args, sizeof args);
    if (rv == CKR_OK && made->here == NULL) {
        rv = CKR_TOKEN_NOT_PRESENT;
    }
    if (rv == CKR_OK) {
        *out = made;
    } else {
        token_libp11_close(link, &made);
    }
    return rv;
}

typedef struct slot_args {
    token_libp11 *of;
} slot_args;

static CK_RV run_end_sessions(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const slot_args *a = args;
    return code_of(PKCS11_open_session(a->of->here, 1));
}

CK_RV token_libp11_end_sessions(const pkcs11_link *link, token_libp11 *of)
{
    slot_args args = {of};
    return call(link, PKCS11_libp11_end_sessions, run_end_sessions, of, &args, sizeof args);
}

enum { PIN_MAX = 256 };

typedef struct held_pin {
    bool is_at_token;
    char text[PIN_MAX + 1];
} held_pin;

/* @return false: it is too long */
static bool set_pin(held_pin *to, const char *text)
{
    const size_t len = text == NULL ? 0 : strlen(text);
    if (len > PIN_MAX) {
        return false;
    }
    to->is_at_token = text == NULL;
    memcpy(to->text, text == NULL ? "" : text, len + 1);
    return true;
}

static const char *text_of(const held_pin *of)
{
    return of->is_at_token ? NULL : of->text;
}

typedef struct pin_args {
    token_libp11 *of;
    held_pin first; /* of the officer, to be set, or the old one */
    held_pin second;
    token_label label;
} pin_args;

static CK_RV run_init_token(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    pin_args *a = args;
    return code_of(PKCS11_init_token(a->of->here->token, text_of(&a->first), a->label.text));
}

static CK_RV run_init_pin(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const pin_args *a = args;
    return code_of(PKCS11_init_pin(a->of->here->token, text_of(&a->first)));
}

static CK_RV run_change_pin(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const pin_args *a = args;
    return code_of(PKCS11_change_pin(a->of->here, text_of(&a->first), text_of(&a->second)));
}

static CK_RV call_with_pins(const pkcs11_link *link, pkcs11_function function, pkcs11_run run,
                            pin_args *args)
{
    pkcs11_link way = *link;
    way.is_patient = args->first.is_at_token || args->second.is_at_token;
    const CK_RV rv = call(&way, function, run, args->of, args, sizeof *args);
    OPENSSL_cleanse(args, sizeof *args);
    return rv;
}

CK_RV token_libp11_init_token(const pkcs11_link *link, token_libp11 *of, const char *officer,
                              const token_label *label)
{
    pin_args args = {.of = of, .label = *label};
    if (!set_pin(&args.first, officer)) {
        return CKR_PIN_LEN_RANGE;
    }
    return call_with_pins(link, PKCS11_C_InitToken, run_init_token, &args);
}

CK_RV token_libp11_init_pin(const pkcs11_link *link, token_libp11 *of, const char *pin)
{
    pin_args args = {.of = of};
    if (!set_pin(&args.first, pin)) {
        return CKR_PIN_LEN_RANGE;
    }
    return call_with_pins(link, PKCS11_C_InitPIN, run_init_pin, &args);
}

CK_RV token_libp11_change_pin(const pkcs11_link *link, token_libp11 *of, const char *old_pin,
                              const char *new_pin)
{
    pin_args args = {.of = of};
    if (!set_pin(&args.first, old_pin) || !set_pin(&args.second, new_pin)) {
        OPENSSL_cleanse(&args, sizeof args);
        return CKR_PIN_LEN_RANGE;
    }
    return call_with_pins(link, PKCS11_C_SetPIN, run_change_pin, &args);
}

/* PKCS11_CTX_unload would finalise the module even for a host program that had initialised it
 * before us: leaving the module does that only if it is ours. */
static CK_RV run_close(CK_FUNCTION_LIST *functions, void *args)
{
    (void)functions;
    const slot_args *a = args;
    if (a->of->slots != NULL) {
        PKCS11_release_all_slots(a->of->context, a->of->slots, a->of->slot_count);
    }
    if (a->of->context != NULL) {
        PKCS11_CTX_free(a->of->context);
    }
    return CKR_OK;
}

void token_libp11_close(const pkcs11_link *link, token_libp11 **of)
{
    token_libp11 *gone = *of;
    *of = NULL;
    if (gone == NULL) {
        return;
    }
    slot_args args = {gone};
    if (gone->is_left ||
        call(link, PKCS11_libp11_close, run_close, gone, &args, sizeof args) != CKR_OK) {
        keep(gone);
    } else {
        free(gone);
    }
}
