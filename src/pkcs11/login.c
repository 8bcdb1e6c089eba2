/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/login.h"

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"
#include "pkcs11/refusal.h"

enum { LABEL_SIZE = 33, SERIAL_SIZE = 17 };

void pkcs11_pin_free(pkcs11_pin *pin)
{
    cihsm_secret_free(&pin->secret);
    pin->at_token = false;
}

bool pkcs11_login_is_needed(const pkcs11_login_plan *plan)
{
    return (plan->slot->info.flags & CKF_LOGIN_REQUIRED) != 0;
}

/* The states in which one more try may do harm. */
static cihsm_status check_flags(const pkcs11_login_plan *plan, const char *label, cihsm_error *err)
{
    const CK_FLAGS flags = plan->slot->info.flags;
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the PIN of token %s is locked; have the security officer set a "
                                "new one with the vendor's tool",
                                label);
    }
    if ((flags & CKF_USER_PIN_TO_BE_CHANGED) != 0) {
        return cihsm_fail_plain(
            err, CIHSM_E_PIN,
            "the PIN of token %s must be changed before it can be used; do that "
            "with the vendor's tool",
            label);
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0 && !plan->allow_final_try) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the next refused PIN locks token %s; make sure of the PIN, then "
                                "use --allow-final-try",
                                label);
    }
    if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) {
        log_line(plan->link->log, CIHSM_LOG_WARN, "token",
                 "token %s says that a PIN was refused before", label);
    }
    return CIHSM_OK;
}

static cihsm_status ask_callback(const pkcs11_login_plan *plan, const char *label,
                                 cihsm_secret **out, cihsm_error *err)
{
    if (plan->pin == NULL) {
        return cihsm_fail_plain(
            err, CIHSM_E_PIN, "token %s needs a PIN and none can be had; use --pin-source", label);
    }
    char serial[SERIAL_SIZE];
    const CK_TOKEN_INFO *info = &plan->slot->info;
    pkcs11_slot_text(info->serialNumber, sizeof info->serialNumber, serial);
    const cihsm_pin_request request = {
        .token_label = label,
        .token_serial = serial,
        .count_low = (info->flags & CKF_USER_PIN_COUNT_LOW) != 0,
        .final_try = (info->flags & CKF_USER_PIN_FINAL_TRY) != 0,
    };
    const cihsm_status status = plan->pin(plan->pin_user, &request, out, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status, "no PIN for token %s", label);
    }
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "no PIN for token %s", label);
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_login_ask(const pkcs11_login_plan *plan, pkcs11_pin *out, cihsm_error *err)
{
    char label[LABEL_SIZE];
    const CK_TOKEN_INFO *info = &plan->slot->info;
    pkcs11_slot_text(info->label, sizeof info->label, label);
    CIHSM_TRY(check_flags(plan, label, err));
    if (plan->pinpad || (info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0) {
        log_line(plan->link->log, CIHSM_LOG_WARN, "token",
                 "enter the PIN of token %s at its reader", label);
        out->at_token = true;
        return CIHSM_OK;
    }
    return ask_callback(plan, label, &out->secret, err);
}

/* How near the lock is now; tokens may not say. */
static const char *tries_left(const pkcs11_login_plan *plan)
{
    CK_TOKEN_INFO info = {.flags = 0};
    if (pkcs11_c_get_token_info(plan->link, plan->slot->id, &info) != CKR_OK) {
        return "";
    }
    if ((info.flags & CKF_USER_PIN_LOCKED) != 0) {
        return "; it is locked now, have the security officer set a new one";
    }
    if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return "; the next refused PIN locks the token";
    }
    return "; it is not offered again, check the PIN before repeating";
}

static cihsm_status fail_login(const pkcs11_login_plan *plan, CK_RV rv, cihsm_error *err)
{
    char label[LABEL_SIZE];
    pkcs11_slot_text(plan->slot->info.label, sizeof plan->slot->info.label, label);
    if (rv == CKR_PIN_INCORRECT) {
        return cihsm_fail(err, CIHSM_E_PIN, CIHSM_FROM_TOKEN, rv, "token %s refused the PIN%s",
                          label, tries_left(plan));
    }
    return pkcs11_fail(err, rv, "cannot log in to token %s", label);
}

/* GENERAL_ERROR can hide a counted wrong PIN (measured on an OpenSC card). */
static bool may_have_been_refused(CK_RV rv)
{
    return pkcs11_code_status(rv) == CIHSM_E_PIN || rv == CKR_GENERAL_ERROR;
}

static CK_RV login_at_token(const pkcs11_login_plan *plan, CK_SESSION_HANDLE session,
                            CK_USER_TYPE user)
{
    return pkcs11_c_login(plan->link, session, user, NULL, 0);
}

static CK_RV login_with(const pkcs11_login_plan *plan, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                        const cihsm_secret *secret, bool *known)
{
    const refusal_subject subject = {plan->link->module, &plan->slot->info, secret};
    refusal_begin();
    *known = refusal_is_known(&subject);
    CK_RV rv = CKR_PIN_INCORRECT;
    if (!*known) {
        rv = pkcs11_c_login(plan->link, session, user, cihsm_secret_bytes(secret),
                            cihsm_secret_len(secret));
    }
    if (!*known && may_have_been_refused(rv)) {
        refusal_remember(&subject);
    }
    refusal_end();
    return rv;
}

cihsm_status pkcs11_login_try(const pkcs11_login_plan *plan, CK_SESSION_HANDLE session,
                              CK_USER_TYPE user, const pkcs11_pin *pin, cihsm_error *err)
{
    bool known = false;
    const CK_RV rv = pin->at_token ? login_at_token(plan, session, user)
                                   : login_with(plan, session, user, pin->secret, &known);
    if (known) {
        return cihsm_fail(err, CIHSM_E_PIN, CIHSM_FROM_TOKEN, rv,
                          "the token refused this PIN before, it is not offered again; check the "
                          "PIN");
    }
    /* Logged in by other code of this process: fine, but no proof that the PIN is right. */
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) {
        return fail_login(plan, rv, err);
    }
    return CIHSM_OK;
}
