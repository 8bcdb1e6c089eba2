/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/revive.h"

#include "base/error.h"
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/token.h"

/* Codes of C_Login that say that no PIN was looked at. */
static bool is_about_session(unsigned long rv)
{
    return rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_SESSION_CLOSED;
}

/* Another card may be in the slot by now: it must not get this one's PIN. */
static cihsm_status read_slot(const cihsm_token *token, pkcs11_slot *now, cihsm_error *err)
{
    const CK_RV rv = pkcs11_slot_read(&token->link, pkcs11_pool_slot(token->pool), now);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot look at the token again");
    }
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *own = NULL;
    CIHSM_TRY(pkcs11_uri_parse(token->uri, &own, err));
    if (!pkcs11_slot_matches(own, now)) {
        return pkcs11_fail(err, CKR_DEVICE_REMOVED, "another token is where %s was", token->uri);
    }
    return CIHSM_OK;
}

/* The PIN that the token was opened with; one that it refuses now is forgotten. */
static cihsm_status offer_pin(cihsm_token *token, CK_SESSION_HANDLE session, pkcs11_lease *lease,
                              cihsm_error *err)
{
    pkcs11_slot now;
    CIHSM_TRY(read_slot(token, &now, err));
    pkcs11_login_plan plan = pkcs11_token_plan(token);
    plan.slot = &now;
    plan.was_taken = token->held.was_taken;
    CIHSM_TRY(pkcs11_login_check(&plan, err));
    cihsm_error failure = {0};
    const cihsm_status status = pkcs11_login_try(&plan, session, CKU_USER, &token->held, &failure);
    if (status == CIHSM_OK) {
        log_line(token->link.log, CIHSM_LOG_INFO, "token", "logged in again to %s", token->uri);
        return CIHSM_OK;
    }
    lease->is_login_lost = !is_about_session(failure.native);
    if (status == CIHSM_E_PIN) {
        pkcs11_pin_free(&token->held);
    }
    return cihsm_fail(err, status, failure.origin, failure.native, "the login was lost: %s",
                      failure.message);
}

static cihsm_status log_in_again(cihsm_token *token, CK_SESSION_HANDLE session, pkcs11_lease *lease,
                                 cihsm_error *err)
{
    const pkcs11_login_plan plan = pkcs11_token_plan(token);
    if (!pkcs11_login_is_needed(&plan)) {
        return CIHSM_OK;
    }
    bool is_logged_in = false;
    const CK_RV rv = pkcs11_login_state(&token->link, session, &is_logged_in);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot look at a new session");
    }
    if (is_logged_in) {
        return CIHSM_OK;
    }
    if (token->held.secret == NULL) {
        return cihsm_fail_plain(
            err, CIHSM_E_PIN, "the login to %s was lost and %s; start again to log in", token->uri,
            pkcs11_login_is_at_token(&plan) ? "its PIN is typed at the token"
                                            : "there is no PIN it takes");
    }
    return offer_pin(token, session, lease, err);
}

/* Slots have other numbers after the module was initialised anew. */
static cihsm_status find_slot(const cihsm_token *token, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *own = NULL;
    CIHSM_TRY(pkcs11_uri_parse(token->uri, &own, err));
    pkcs11_slot now;
    cihsm_error failure = {0};
    const cihsm_status status = pkcs11_slot_find(&token->link, own, &now, &failure);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, status, failure.origin, failure.native, "lost %s: %s", token->uri,
                          failure.message);
    }
    pkcs11_pool_reset(token->pool, now.id);
    return CIHSM_OK;
}

static bool is_well(const cihsm_token *token, const pkcs11_lease *lease)
{
    return !atomic_load(&token->is_lost) && atomic_load(&token->generation) == lease->generation;
}

static cihsm_status revive(cihsm_token *token, pkcs11_lease *lease, cihsm_error *err)
{
    lease->was_revived = true;
    atomic_store(&token->is_lost, true); /* until all of it is done */
    if (token->generation != lease->generation) {
        CIHSM_TRY(find_slot(token, err));
        atomic_store(&token->generation, lease->generation);
    }
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_pool_renew(token->pool, &session, err));
    const cihsm_status status = log_in_again(token, session, lease, err);
    if (status != CIHSM_OK) {
        pkcs11_pool_discard(token->pool, session);
        return status;
    }
    pkcs11_pool_give(token->pool, session);
    atomic_fetch_add(&token->epoch, 1);
    atomic_store(&token->is_lost, false);
    return CIHSM_OK;
}

cihsm_status pkcs11_revive(pkcs11_lease *lease, cihsm_error *err)
{
    cihsm_token *token = lease->token;
    cihsm_status status = CIHSM_OK;
    lease->generation = pkcs11_module_generation(token->link.module);
    if (!is_well(token, lease)) {
        if (!pkcs11_gate_close(&token->one_revives, pkcs11_deadline_us(&token->link))) {
            return cihsm_fail_plain(err, CIHSM_E_TIMEOUT,
                                    "another thread is still bringing back %s; try later",
                                    token->uri);
        }
        if (!is_well(token, lease)) {
            status = revive(token, lease, err);
        }
        pkcs11_gate_open(&token->one_revives);
    }
    lease->epoch = atomic_load(&token->epoch);
    return status;
}

bool pkcs11_revive_is_done(const pkcs11_lease *lease)
{
    const cihsm_token *token = lease->token;
    return is_well(token, lease) && atomic_load(&token->epoch) == lease->epoch;
}

void pkcs11_revive_later(const pkcs11_lease *lease)
{
    cihsm_token *token = lease->token;
    if (atomic_load(&token->epoch) == lease->epoch) {
        atomic_store(&token->is_lost, true);
    }
}
