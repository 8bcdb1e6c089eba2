/* SPDX-License-Identifier: Apache-2.0 */
#include "token/pins.h"

#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/token_admin.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"
#include "pkcs11/uri.h"

enum { LABEL_SIZE = 33 };

void officer_pins_free(officer_pins *pins)
{
    pkcs11_pin_free(&pins->officer);
    pkcs11_pin_free(&pins->user);
}

static cihsm_status ask(const pkcs11_login_plan *plan, pkcs11_pin *out, cihsm_error *err)
{
    CIHSM_TRY(pkcs11_login_ask(plan, out, err));
    return desk_check_pin(out, err);
}

cihsm_status officer_pins_ask(officer_pins *pins, const desk *at, const cihsm_token_config *config,
                              cihsm_pin_kind kind, cihsm_error *err)
{
    pins->officer_plan = pkcs11_login_plan_of(&at->link, &at->slot, config);
    pins->officer_plan.kind = kind;
    pins->user_plan = pkcs11_login_plan_of(&at->link, &at->slot, config);
    pins->user_plan.kind = CIHSM_PIN_NEW_USER;
    CIHSM_TRY(ask(&pins->officer_plan, &pins->officer, err));
    return ask(&pins->user_plan, &pins->user, err);
}

static cihsm_status fail_set(const desk *at, CK_RV rv, cihsm_error *err)
{
    char label[LABEL_SIZE];
    pkcs11_slot_text(at->slot.info.label, sizeof at->slot.info.label, label);
    if (rv == PKCS11_R_NO_ANSWER) {
        return pkcs11_fail(err, rv,
                           "it is not known whether the attempt to set the PIN of token %s "
                           "succeeded",
                           label);
    }
    return pkcs11_fail(err, rv, "cannot set the PIN of token %s", label);
}

cihsm_status officer_sets_pin(desk *at, officer_pins *pins, cihsm_error *err)
{
    CIHSM_TRY(desk_start(at, err));
    CIHSM_TRY(desk_open_session(at, err));
    CIHSM_TRY(pkcs11_login_try(&pins->officer_plan, at->session, CKU_SO, &pins->officer, err));
    const CK_RV rv = token_libp11_init_pin(&at->link, at->libp11, desk_pin(&pins->user));
    if (rv != CKR_OK) {
        return fail_set(at, rv, err);
    }
    pkcs11_login_tell_taken(&pins->user_plan);
    return CIHSM_OK;
}

static cihsm_status take_token(desk *at, const cihsm_token_config *config, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
    CIHSM_TRY(pkcs11_uri_parse(config->uri, &uri, err));
    CIHSM_TRY(desk_take(at, config, err));
    return pkcs11_slot_find(&at->link, uri, &at->slot, err);
}

cihsm_status cihsm_token_set_pin(const cihsm_token_config *config, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(desk_leave) desk at = {.session = CK_INVALID_HANDLE};
    CIHSM_TRY(take_token(&at, config, err));
    CIHSM_AUTO(officer_pins_free) officer_pins pins = {.officer = {.secret = NULL}};
    CIHSM_TRY(officer_pins_ask(&pins, &at, config, CIHSM_PIN_OFFICER, err));
    return officer_sets_pin(&at, &pins, err);
}

/* The call that shows the old PIN to the token. */
typedef struct change {
    const desk *at;
    const pkcs11_pin *new_pin;
} change;

static CK_RV set(const change *of, const char *pin)
{
    const desk *at = of->at;
    return token_libp11_change_pin(&at->link, at->libp11, pin, desk_pin(of->new_pin));
}

/* The standard lets anybody call C_SetPIN with the old PIN; NSS wants a login before. */
static CK_RV change_pin(void *context, const char *pin, size_t len)
{
    const change *of = context;
    CK_RV rv = set(of, pin);
    if (rv != CKR_USER_NOT_LOGGED_IN) {
        return rv;
    }
    rv = pkcs11_c_login(&of->at->link, of->at->session, CKU_USER, pin, len);
    return rv == CKR_OK ? set(of, pin) : rv;
}

static cihsm_status check_has_pin(const desk *at, cihsm_error *err)
{
    if ((at->slot.info.flags & CKF_USER_PIN_INITIALIZED) != 0) {
        return CIHSM_OK;
    }
    char label[LABEL_SIZE];
    pkcs11_slot_text(at->slot.info.label, sizeof at->slot.info.label, label);
    return cihsm_fail_plain(err, CIHSM_E_PIN,
                            "token %s has no PIN yet; have the security officer set one with "
                            "\"cihsm token set-pin\"",
                            label);
}

cihsm_status cihsm_token_change_pin(const cihsm_token_config *config, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(desk_leave) desk at = {.session = CK_INVALID_HANDLE};
    CIHSM_TRY(take_token(&at, config, err));
    CIHSM_TRY(check_has_pin(&at, err));
    pkcs11_login_plan old_plan = pkcs11_login_plan_of(&at.link, &at.slot, config);
    pkcs11_login_plan new_plan = old_plan;
    old_plan.is_change = true;
    new_plan.kind = CIHSM_PIN_NEW_USER;
    CIHSM_AUTO(pkcs11_pin_free) pkcs11_pin old_pin = {.secret = NULL};
    CIHSM_AUTO(pkcs11_pin_free) pkcs11_pin new_pin = {.secret = NULL};
    CIHSM_TRY(ask(&old_plan, &old_pin, err));
    CIHSM_TRY(ask(&new_plan, &new_pin, err));

    CIHSM_TRY(desk_start(&at, err));
    CIHSM_TRY(desk_open_session(&at, err));
    change context = {&at, &new_pin};
    CIHSM_TRY(
        pkcs11_login_offer(&old_plan, &old_pin, "change the PIN of", change_pin, &context, err));
    pkcs11_login_tell_taken(&new_plan);
    return CIHSM_OK;
}
