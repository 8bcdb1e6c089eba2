/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/token_admin.h"
#include "pkcs11/functions.h"
#include "pkcs11/uri.h"
#include "token/desk.h"
#include "token/list.h"
#include "token/pins.h"

enum { LABEL_BYTES = TOKEN_LABEL_BYTES };

static cihsm_status pad(const char *label, token_label *out, cihsm_error *err)
{
    const size_t len = label == NULL ? 0 : strlen(label);
    if (len == 0 || len > LABEL_BYTES) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the label of a token has 1 to %d bytes, not %zu (letters beyond "
                                "ASCII take more than one)",
                                LABEL_BYTES, len);
    }
    if (!text_is_utf8(label, len)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the label of a token must be UTF-8");
    }
    memset(out->text, ' ', LABEL_BYTES);
    out->text[LABEL_BYTES] = '\0';
    memcpy(out->text, label, len);
    return CIHSM_OK;
}

static cihsm_status fail_choice(bool is_named, size_t matches, cihsm_error *err)
{
    if (matches > 1) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "%zu %s; choose one with --token \"pkcs11:slot-id=N\", \"cihsm "
                                "token list\" shows the numbers",
                                matches,
                                is_named ? "tokens match (did the shell cut the URI at an unquoted "
                                           "';'?)"
                                         : "tokens are not initialised");
    }
    if (is_named) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "no such token; \"cihsm token list\" shows those that are there");
    }
    return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                            "there is no token that is not initialised; to erase another one, name "
                            "it with --token");
}

static cihsm_status choose(desk *at, const char *text, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = NULL;
    CIHSM_TRY(pkcs11_uri_parse(text, &uri, err));
    CIHSM_AUTO(pkcs11_slots_free) pkcs11_slots slots = {.count = 0};
    CIHSM_TRY(pkcs11_slots_read(&at->link, &slots, err));
    size_t matches = 0;
    for (size_t i = 0; i < slots.count; i++) {
        const pkcs11_slot *slot = &slots.list[i];
        const bool initialized = (slot->info.flags & CKF_TOKEN_INITIALIZED) != 0;
        if (text == NULL ? !initialized : pkcs11_slot_matches(uri, slot)) {
            at->slot = *slot;
            matches++;
        }
    }
    return matches == 1 ? CIHSM_OK : fail_choice(text != NULL, matches, err);
}

/* What the person wants; borrowed. */
typedef struct order {
    const cihsm_token_config *config;
    token_label label;
    cihsm_token_erase_fn may_erase;
    void *erase_user;
} order;

static cihsm_status check_erase(const order *of, const desk *at, cihsm_error *err)
{
    if ((at->slot.info.flags & CKF_TOKEN_INITIALIZED) == 0) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *uri = NULL;
    cihsm_token_info info;
    CIHSM_TRY(token_describe(&at->slot, &info, &uri, err));
    if (of->may_erase == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFLICT,
                                "token %s is initialised already; initialising it again would "
                                "erase it",
                                info.label);
    }
    const cihsm_status status = of->may_erase(of->erase_user, &info, err);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status, "token %s was not erased", info.label);
    }
    return CIHSM_OK;
}

typedef struct erasure {
    const desk *at;
    const token_label *label;
} erasure;

static CK_RV init_token(void *context, const char *pin, size_t len)
{
    const erasure *of = context;
    (void)len;
    return token_libp11_init_token(&of->at->link, of->at->libp11, pin, of->label);
}

/* The token as it is after C_InitToken, for finding it again: its serial number may be new. */
static void read_again(desk *at, const token_label *label)
{
    CK_TOKEN_INFO info = {.flags = 0};
    const CK_RV rv = pkcs11_c_get_token_info(&at->link, at->slot.id, &info);
    if (rv == CKR_OK && memcmp(info.label, label->text, LABEL_BYTES) == 0) {
        at->slot.info = info;
        return;
    }
    memset(at->slot.info.serialNumber, ' ', sizeof at->slot.info.serialNumber);
    memcpy(at->slot.info.label, label->text, LABEL_BYTES);
}

static cihsm_status erase(const order *of, desk *at, officer_pins *pins, cihsm_error *err)
{
    if (pins->officer.at_token) {
        return cihsm_fail_plain(err, CIHSM_E_PIN,
                                "a token whose PINs are typed at its reader cannot be initialised "
                                "here, nothing was changed; use the vendor's tool");
    }
    CIHSM_TRY(desk_start(at, err));
    erasure context = {at, &of->label};
    pins->officer_plan.is_change = true;
    CIHSM_TRY(pkcs11_login_offer(&pins->officer_plan, &pins->officer, "initialise", init_token,
                                 &context, err));
    read_again(at, &of->label);
    return CIHSM_OK;
}

/* The slot may be another one now: the serial number tells. */
static cihsm_status find_again(desk *at, const CK_TOKEN_INFO *known, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_slots_free) pkcs11_slots slots = {.count = 0};
    CIHSM_TRY(pkcs11_slots_read(&at->link, &slots, err));
    const bool has_serial = known->serialNumber[0] != ' ';
    size_t matches = 0;
    for (size_t i = 0; i < slots.count; i++) {
        const CK_TOKEN_INFO *info = &slots.list[i].info;
        if ((info->flags & CKF_TOKEN_INITIALIZED) != 0 &&
            memcmp(info->label, known->label, sizeof info->label) == 0 &&
            (!has_serial ||
             memcmp(info->serialNumber, known->serialNumber, sizeof info->serialNumber) == 0)) {
            at->slot = slots.list[i];
            matches++;
        }
    }
    if (matches != 1) {
        return cihsm_fail_plain(
            err, CIHSM_E_TOKEN, "%s after it was initialised, look at it with \"cihsm token list\"",
            matches == 0 ? "the token is not found" : "several tokens look like it");
    }
    return CIHSM_OK;
}

/* Module closed and opened: the slots are numbered anew. */
static cihsm_status set_user_pin(const order *of, const CK_TOKEN_INFO *known, officer_pins *pins,
                                 cihsm_token_list **out, cihsm_error *err)
{
    CIHSM_AUTO(desk_leave) desk at = {.session = CK_INVALID_HANDLE};
    CIHSM_TRY(desk_take(&at, of->config, err));
    CIHSM_TRY(find_again(&at, known, err));
    pins->officer_plan.link = pins->user_plan.link = &at.link;
    pins->officer_plan.slot = pins->user_plan.slot = &at.slot;
    pins->officer_plan.kind = CIHSM_PIN_OFFICER;
    pins->officer_plan.was_taken = true;
    CIHSM_TRY(officer_sets_pin(&at, pins, err));
    pkcs11_slot now = at.slot;
    if (pkcs11_c_get_token_info(&at.link, now.id, &now.info) != CKR_OK) {
        now.info.flags |= CKF_USER_PIN_INITIALIZED;
    }
    return token_list_of(&now, out, err);
}

static cihsm_status fail_half_way(const order *of, const cihsm_error *cause, cihsm_error *err)
{
    char label[LABEL_BYTES + 1];
    pkcs11_slot_text((const CK_UTF8CHAR *)of->label.text, LABEL_BYTES, label);
    return cihsm_fail(err, cause->status, cause->origin, cause->native,
                      "token %s is initialised, but has no user PIN yet: %s; then set it with "
                      "\"cihsm token set-pin\"",
                      label, cause->message);
}

/* Up to the end of C_InitToken. */
static cihsm_status initialize(const order *of, CK_TOKEN_INFO *known, officer_pins *pins,
                               cihsm_error *err)
{
    CIHSM_AUTO(desk_leave) desk at = {.session = CK_INVALID_HANDLE};
    CIHSM_TRY(desk_take(&at, of->config, err));
    CIHSM_TRY(choose(&at, of->config->uri, err));
    CIHSM_TRY(check_erase(of, &at, err));
    const bool initialized = (at.slot.info.flags & CKF_TOKEN_INITIALIZED) != 0;
    CIHSM_TRY(officer_pins_ask(pins, &at, of->config,
                               initialized ? CIHSM_PIN_OFFICER : CIHSM_PIN_NEW_OFFICER, err));
    CIHSM_TRY(erase(of, &at, pins, err));
    *known = at.slot.info;
    return CIHSM_OK;
}

cihsm_status cihsm_token_initialize(const cihsm_token_config *config, const char *label,
                                    cihsm_token_erase_fn may_erase, void *erase_user,
                                    cihsm_token_list **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    order of = {.config = config, .may_erase = may_erase, .erase_user = erase_user};
    CIHSM_TRY(pad(label, &of.label, err));
    CIHSM_AUTO(officer_pins_free) officer_pins pins = {.officer = {.secret = NULL}};
    CK_TOKEN_INFO known;
    CIHSM_TRY(initialize(&of, &known, &pins, err));

    cihsm_error cause = {0};
    if (set_user_pin(&of, &known, &pins, out, &cause) != CIHSM_OK) {
        return fail_half_way(&of, &cause, err);
    }
    return CIHSM_OK;
}
