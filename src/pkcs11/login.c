/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/login.h"

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/refusal.h"

enum { LABEL_SIZE = 33, SERIAL_SIZE = 17 };

/* What the token's flags say about a kind of PIN, and how a person calls it. */
typedef struct kind_row {
    const char *name;
    const char *option;
    const char *unlock;                                 /* what helps when it is locked */
    const char *change;                                 /* and when it must be changed */
    CK_FLAGS locked, must_change, final_try, count_low; /* 0: there is no such flag */
} kind_row;

#define OFFICER_NAME "security officer PIN"
static const kind_row KINDS[] = {
    [CIHSM_PIN_USER] = {"PIN", "--pin-source",
                        "have the security officer set a new one (\"cihsm token set-pin\")",
                        "\"cihsm token change-pin\" does that", CKF_USER_PIN_LOCKED,
                        CKF_USER_PIN_TO_BE_CHANGED, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_COUNT_LOW},
    [CIHSM_PIN_OFFICER] = {OFFICER_NAME, "--so-pin-source",
                           "only the vendor's tool may help, mostly by erasing the token",
                           "do that with the vendor's tool", CKF_SO_PIN_LOCKED,
                           CKF_SO_PIN_TO_BE_CHANGED, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_COUNT_LOW},
    [CIHSM_PIN_NEW_USER] = {"new PIN", "--new-pin-source", "", "", 0, 0, 0, 0},
    [CIHSM_PIN_NEW_OFFICER] = {"new " OFFICER_NAME, "--so-pin-source", "", "", 0, 0, 0, 0},
};

void pkcs11_pin_free(pkcs11_pin *pin)
{
    cihsm_secret_free(&pin->secret);
    pin->at_token = false;
    pin->was_taken = false;
}

pkcs11_login_plan pkcs11_login_plan_of(const pkcs11_link *link, const pkcs11_slot *slot,
                                       const cihsm_token_config *config)
{
    return (pkcs11_login_plan){
        .link = link,
        .slot = slot,
        .pin = config->pin,
        .pin_offer = config->pin_offer,
        .pin_verdict = config->pin_verdict,
        .pin_user = config->pin_user,
        .pinpad = config->pinpad,
        .allow_final_try = config->allow_final_try,
    };
}

bool pkcs11_login_is_needed(const pkcs11_login_plan *plan)
{
    return (plan->slot->info.flags & CKF_LOGIN_REQUIRED) != 0;
}

static void label_of(const pkcs11_login_plan *plan, char label[LABEL_SIZE])
{
    pkcs11_slot_text(plan->slot->info.label, sizeof plan->slot->info.label, label);
}

cihsm_status pkcs11_login_check(const pkcs11_login_plan *plan, cihsm_error *err)
{
    char label[LABEL_SIZE];
    label_of(plan, label);
    const CK_FLAGS flags = plan->slot->info.flags;
    const kind_row *kind = &KINDS[plan->kind];
    if ((flags & kind->locked) != 0) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "the %s of token %s is locked; %s", kind->name,
                                label, kind->unlock);
    }
    if ((flags & kind->must_change) != 0 && !plan->is_change) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the %s of token %s must be changed before it can be used; %s",
                                kind->name, label, kind->change);
    }
    if ((flags & kind->final_try) != 0 && !plan->allow_final_try) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "the next refused %s locks token %s; make sure of the PIN, then "
                                "use --allow-final-try",
                                kind->name, label);
    }
    if ((flags & kind->count_low) != 0) {
        log_line(plan->link->log, CIHSM_LOG_WARN, "token",
                 "token %s says that a %s was refused before", label, kind->name);
    }
    return CIHSM_OK;
}

/* What a callback is told; lives on the stack of who calls it. */
typedef struct told {
    char label[LABEL_SIZE], serial[SERIAL_SIZE];
    cihsm_pin_request request;
} told;

static void tell(const pkcs11_login_plan *plan, told *out)
{
    const CK_TOKEN_INFO *info = &plan->slot->info;
    label_of(plan, out->label);
    pkcs11_slot_text(info->serialNumber, sizeof info->serialNumber, out->serial);
    out->request = (cihsm_pin_request){
        .token_label = out->label,
        .token_serial = out->serial,
        .count_low = (info->flags & KINDS[plan->kind].count_low) != 0,
        .final_try = (info->flags & KINDS[plan->kind].final_try) != 0,
        .was_taken = plan->was_taken,
        .kind = plan->kind,
    };
}

static cihsm_status ask_callback(const pkcs11_login_plan *plan, const char *label,
                                 cihsm_secret **out, cihsm_error *err)
{
    const kind_row *kind = &KINDS[plan->kind];
    if (plan->pin == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "token %s needs a %s and none can be had; use %s",
                                label, kind->name, kind->option);
    }
    told about;
    tell(plan, &about);
    const long long since_us = log_clock_us();
    const cihsm_status status = plan->pin(plan->pin_user, &about.request, out, err);
    pkcs11_operation_extend(since_us);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status, "no %s for token %s", kind->name, label);
    }
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "no %s for token %s", kind->name, label);
    }
    return CIHSM_OK;
}

bool pkcs11_login_is_at_token(const pkcs11_login_plan *plan)
{
    return plan->pinpad || (plan->slot->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}

cihsm_status pkcs11_login_ask(const pkcs11_login_plan *plan, pkcs11_pin *out, cihsm_error *err)
{
    char label[LABEL_SIZE];
    label_of(plan, label);
    CIHSM_TRY(pkcs11_login_check(plan, err));
    if (pkcs11_login_is_at_token(plan)) {
        log_line(plan->link->log, CIHSM_LOG_WARN, "token", "enter the %s of token %s at its reader",
                 KINDS[plan->kind].name, label);
        out->at_token = true;
        return CIHSM_OK;
    }
    return ask_callback(plan, label, &out->secret, err);
}

/* How near the lock is now; tokens may not say. */
static const char *tries_left(const pkcs11_login_plan *plan)
{
    CK_TOKEN_INFO info = {.flags = 0};
    const kind_row *kind = &KINDS[plan->kind];
    if (pkcs11_c_get_token_info(plan->link, plan->slot->id, &info) != CKR_OK) {
        return "";
    }
    if ((info.flags & kind->locked) != 0) {
        return plan->kind == CIHSM_PIN_USER
                   ? "; it is locked now, have the security officer set a new one"
                   : "; it is locked now, only the vendor's tool may help";
    }
    if ((info.flags & kind->final_try) != 0) {
        return "; the next refused PIN locks the token";
    }
    return "; it is not offered again, check the PIN before repeating";
}

static cihsm_status fail_offer(const pkcs11_login_plan *plan, CK_RV rv, const char *what,
                               cihsm_error *err)
{
    char label[LABEL_SIZE];
    label_of(plan, label);
    if (rv == CKR_PIN_INCORRECT) {
        return cihsm_fail(err, CIHSM_E_PIN, CIHSM_FROM_TOKEN, rv, "token %s refused the %s%s",
                          label, KINDS[plan->kind].name, tries_left(plan));
    }
    if (rv == CKR_GENERAL_ERROR && !plan->was_taken) {
        return pkcs11_fail(err, rv, "cannot %s token %s, which may have refused the %s", what,
                           label, KINDS[plan->kind].name);
    }
    if (rv == PKCS11_R_NO_ANSWER && plan->is_change) {
        return pkcs11_fail(err, rv, "it is not known whether the attempt to %s token %s succeeded",
                           what, label);
    }
    return pkcs11_fail(err, rv, "cannot %s token %s", what, label);
}

/* When a PIN is changed or set along the way, the codes about length and characters are about the
 * new one. */
static bool may_have_been_refused(const pkcs11_login_plan *plan, CK_RV rv)
{
    if (plan->is_change) {
        return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED || rv == CKR_GENERAL_ERROR;
    }
    return refusal_is_meant_by(rv);
}

/* A PIN that the token took before is not in doubt because it fails now. */
static cihsm_pin_verdict verdict_of(const pkcs11_login_plan *plan, CK_RV rv)
{
    return rv == CKR_OK                                  ? CIHSM_PIN_TAKEN
           : rv == CKR_PIN_INCORRECT                     ? CIHSM_PIN_REFUSED
           : rv == CKR_GENERAL_ERROR && !plan->was_taken ? CIHSM_PIN_IN_DOUBT
           : rv == PKCS11_R_NO_ANSWER                    ? CIHSM_PIN_UNANSWERED
                                                         : CIHSM_PIN_NOT_JUDGED;
}

static void give_verdict(const pkcs11_login_plan *plan, CK_RV rv)
{
    if (plan->pin_verdict != NULL) {
        told about;
        tell(plan, &about);
        plan->pin_verdict(plan->pin_user, &about.request, verdict_of(plan, rv));
    }
}

void pkcs11_login_tell_taken(const pkcs11_login_plan *plan)
{
    give_verdict(plan, CKR_OK);
}

static cihsm_status check_offer(const pkcs11_login_plan *plan, const refusal_subject *subject,
                                cihsm_error *err)
{
    if (refusal_is_known(subject)) {
        return cihsm_fail(err, CIHSM_E_PIN, CIHSM_FROM_TOKEN, CKR_PIN_INCORRECT,
                          "the token refused this PIN before, it is not offered again; check the "
                          "PIN");
    }
    if (plan->pin_offer == NULL) {
        return CIHSM_OK;
    }
    told about;
    tell(plan, &about);
    const cihsm_status status = plan->pin_offer(plan->pin_user, &about.request, err);
    return status == CIHSM_OK ? CIHSM_OK
                              : cihsm_fail_plain(err, status, "the %s is not offered to token %s",
                                                 KINDS[plan->kind].name, about.label);
}

/* One at a time in this process, from the look at what was refused to the verdict. */
static cihsm_status offer_secret(const pkcs11_login_plan *plan, const cihsm_secret *secret,
                                 pkcs11_offer_fn offer, void *context, CK_RV *rv, cihsm_error *err)
{
    const refusal_subject subject = {plan->link->module, &plan->slot->info, plan->kind, secret};
    refusal_begin();
    const cihsm_status status = check_offer(plan, &subject, err);
    if (status == CIHSM_OK) {
        *rv = offer(context, cihsm_secret_bytes(secret), cihsm_secret_len(secret));
        if (*rv == PKCS11_R_NO_ANSWER) {
            refusal_await(&subject);
        } else if (may_have_been_refused(plan, *rv)) {
            refusal_remember(&subject);
        }
        give_verdict(plan, *rv);
    }
    refusal_end();
    return status;
}

/* @param harmless  a code of the call that is as good as CKR_OK */
static cihsm_status offer_pin(const pkcs11_login_plan *plan, const pkcs11_pin *pin,
                              const char *what, pkcs11_offer_fn offer, void *context,
                              CK_RV harmless, cihsm_error *err)
{
    CK_RV rv = CKR_OK;
    if (pin->at_token) {
        rv = offer(context, NULL, 0);
    } else {
        CIHSM_TRY(offer_secret(plan, pin->secret, offer, context, &rv, err));
    }
    if (pin->at_token && rv == CKR_ARGUMENTS_BAD) {
        return cihsm_fail(err, CIHSM_E_PIN, CIHSM_FROM_TOKEN, rv,
                          "the token has no PIN pad of its own; use another %s than pinpad",
                          KINDS[plan->kind].option);
    }
    if (rv != CKR_OK && rv != harmless) {
        return fail_offer(plan, rv, what, err);
    }
    return CIHSM_OK;
}

cihsm_status pkcs11_login_offer(const pkcs11_login_plan *plan, const pkcs11_pin *pin,
                                const char *what, pkcs11_offer_fn offer, void *context,
                                cihsm_error *err)
{
    return offer_pin(plan, pin, what, offer, context, CKR_OK, err);
}

typedef struct login_context {
    const pkcs11_link *link;
    CK_SESSION_HANDLE session;
    CK_USER_TYPE user;
    CK_RV rv;
} login_context;

static CK_RV login(void *context, const char *pin, size_t len)
{
    login_context *of = context;
    of->rv = pkcs11_c_login(of->link, of->session, of->user, pin, len);
    return of->rv;
}

cihsm_status pkcs11_login_try(const pkcs11_login_plan *plan, CK_SESSION_HANDLE session,
                              CK_USER_TYPE user, pkcs11_pin *pin, cihsm_error *err)
{
    login_context context = {plan->link, session, user, CKR_PIN_INCORRECT};
    /* Logged in by other code of this process: fine, but no proof that the PIN is right. */
    const cihsm_status status =
        offer_pin(plan, pin, "log in to", login, &context, CKR_USER_ALREADY_LOGGED_IN, err);
    pin->was_taken = pin->was_taken || context.rv == CKR_OK;
    return status;
}

CK_RV pkcs11_login_state(const pkcs11_link *link, CK_SESSION_HANDLE session, bool *is_logged_in)
{
    CK_SESSION_INFO info = {.state = CKS_RO_PUBLIC_SESSION};
    const CK_RV rv = pkcs11_c_get_session_info(link, session, &info);
    *is_logged_in = rv == CKR_OK &&
                    (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
    return rv;
}
