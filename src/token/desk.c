/* SPDX-License-Identifier: Apache-2.0 */
#include "token/desk.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

cihsm_status desk_take(desk *at, const cihsm_token_config *config, cihsm_error *err)
{
    *at = (desk){.link = pkcs11_link_of(config), .session = CK_INVALID_HANDLE};
    return pkcs11_module_join_alone(&at->link, config->module, config->init_string, err);
}

cihsm_status desk_start(desk *at, cihsm_error *err)
{
    CK_RV rv = token_libp11_open(&at->link, at->slot.id, &at->libp11);
    if (rv == CKR_TOKEN_NOT_PRESENT) {
        return pkcs11_fail(err, rv, "slot %lu has lost its token", at->slot.id);
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot look at the slots of the PKCS#11 module");
    }
    rv = token_libp11_end_sessions(&at->link, at->libp11);
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

void desk_leave(desk *at)
{
    if (at->session != CK_INVALID_HANDLE) {
        close_session(at, at->session);
    }
    token_libp11_close(&at->link, &at->libp11);
    pkcs11_module_leave(&at->link);
    *at = (desk){.session = CK_INVALID_HANDLE};
}
