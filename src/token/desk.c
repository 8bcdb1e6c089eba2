/* SPDX-License-Identifier: Apache-2.0 */
#include "token/desk.h"

#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

cihsm_status desk_take(desk *at, const cihsm_token_config *config, cihsm_error *err)
{
    *at = (desk){.link = pkcs11_link_of(config), .session = CK_INVALID_HANDLE};
    return pkcs11_module_join_alone(&at->link, config->module, config->init_string, err);
}

CK_RV desk_code(int result)
{
    CK_RV rv = result == 0 ? CKR_OK : CKR_GENERAL_ERROR;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        if (result != 0 && ERR_GET_LIB(code) == ERR_get_CKR_code()) {
            rv = (CK_RV)ERR_GET_REASON(code);
        }
    }
    return rv;
}

static void find_slot(desk *at)
{
    for (unsigned i = 0; i < at->slot_count; i++) {
        PKCS11_SLOT *slot = &at->slots[i];
        if (slot->token != NULL && PKCS11_get_slotid_from_slot(slot) == at->slot.id) {
            at->here = slot;
        }
    }
}

/* The module is initialised already, as this program needs it: libp11 only joins. */
cihsm_status desk_start(desk *at, cihsm_error *err)
{
    at->libp11 = PKCS11_CTX_new();
    if (at->libp11 == NULL) {
        return cihsm_fail_memory(err);
    }
    CK_RV rv = desk_code(PKCS11_CTX_load(at->libp11, at->link.module->path));
    if (rv == CKR_OK) {
        rv = desk_code(PKCS11_enumerate_slots(at->libp11, &at->slots, &at->slot_count));
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot look at the slots of the PKCS#11 module");
    }
    find_slot(at);
    if (at->here == NULL) {
        return pkcs11_fail(err, CKR_TOKEN_NOT_PRESENT, "slot %lu has lost its token", at->slot.id);
    }
    /* also ends all sessions of the slot */
    rv = desk_code(PKCS11_open_session(at->here, 1));
    return rv == CKR_OK ? CIHSM_OK : pkcs11_fail(err, rv, "cannot end the sessions of the token");
}

static cihsm_status open_session(const desk *at, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const CK_RV rv =
        pkcs11_c_open_session(&at->link, at->slot.id, CKF_SERIAL_SESSION | CKF_RW_SESSION, out);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session that may write");
    }
    return CIHSM_OK;
}

static void close_session(const desk *at, CK_SESSION_HANDLE session)
{
    const CK_RV rv = pkcs11_c_close_session(&at->link, session);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(at->link.log, CIHSM_LOG_DEBUG, "token", "a session does not close: %s",
                 pkcs11_code_name(rv, &name));
    }
}

cihsm_status desk_open_session(desk *at, cihsm_error *err)
{
    CK_SESSION_HANDLE trial = CK_INVALID_HANDLE;
    CIHSM_TRY(open_session(at, &at->session, err));
    CIHSM_TRY(open_session(at, &trial, err));
    close_session(at, trial);
    return CIHSM_OK;
}

cihsm_status desk_check_pin(const pkcs11_pin *pin, cihsm_error *err)
{
    if (!pin->at_token &&
        strlen(cihsm_secret_bytes(pin->secret)) != cihsm_secret_len(pin->secret)) {
        return cihsm_fail_plain(err, CIHSM_E_PIN, "a PIN holds a NUL character");
    }
    return CIHSM_OK;
}

const char *desk_pin(const pkcs11_pin *pin)
{
    return pin->at_token ? NULL : cihsm_secret_bytes(pin->secret);
}

/* PKCS11_CTX_unload would finalise the module even for a host program that had initialised it
 * before us: leaving the module does that only if it is ours. */
void desk_leave(desk *at)
{
    if (at->session != CK_INVALID_HANDLE) {
        close_session(at, at->session);
    }
    if (at->slots != NULL) {
        PKCS11_release_all_slots(at->libp11, at->slots, at->slot_count);
    }
    if (at->libp11 != NULL) {
        PKCS11_CTX_free(at->libp11);
    }
    pkcs11_module_leave(&at->link);
    *at = (desk){.session = CK_INVALID_HANDLE};
}
