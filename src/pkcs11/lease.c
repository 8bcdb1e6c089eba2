/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/lease.h"

#include "base/error.h"
#include "pkcs11/module.h"
#include "pkcs11/recovery.h"
#include "pkcs11/revive.h"
#include "pkcs11/token.h"

enum { ROUNDS = 4 };

/* A session that was waited for may come too late: the token was lost meanwhile, or was logged out
 * to make room for it. */
static bool came_in_time(pkcs11_lease *lease)
{
    if (pkcs11_pool_logged_out(lease->token->pool)) {
        pkcs11_revive_later(lease);
    }
    return pkcs11_revive_is_done(lease);
}

static cihsm_status take_session(pkcs11_lease *lease, cihsm_error *err)
{
    pkcs11_pool *pool = lease->token->pool;
    CIHSM_TRY(pkcs11_revive(lease, err));
    if (lease->is_writable) {
        return pkcs11_pool_open_writable(pool, &lease->session, err);
    }
    CIHSM_TRY(pkcs11_pool_take(pool, &lease->session, err));
    for (int round = 0; round < ROUNDS && !came_in_time(lease); round++) {
        pkcs11_pool_give(pool, lease->session);
        CIHSM_TRY(pkcs11_revive(lease, err));
        CIHSM_TRY(pkcs11_pool_take(pool, &lease->session, err));
    }
    return CIHSM_OK;
}

static cihsm_status take_once(pkcs11_lease *lease, cihsm_error *err)
{
    cihsm_token *token = lease->token;
    lease->epoch = atomic_load(&token->epoch);
    lease->generation = pkcs11_module_generation(token->link.module);
    lease->was_revived = false;
    lease->is_login_lost = false;
    CIHSM_TRY(pkcs11_module_enter(&token->link, err));
    const cihsm_status status = take_session(lease, err);
    if (status != CIHSM_OK) {
        pkcs11_module_exit(&token->link);
    }
    return status;
}

static cihsm_status pass_on(const cihsm_error *failure, cihsm_error *err)
{
    return cihsm_fail(err, failure->status, failure->origin, failure->native, "%s",
                      failure->message);
}

cihsm_status pkcs11_lease_take_again(pkcs11_lease *lease, cihsm_error *err)
{
    cihsm_error_clear(&lease->failure);
    pkcs11_recovery_begin(lease);
    for (;;) {
        cihsm_error failure = {0};
        if (take_once(lease, &failure) == CIHSM_OK) {
            return CIHSM_OK;
        }
        if (!pkcs11_recover(lease, &failure)) {
            return pass_on(&failure, err);
        }
    }
}

cihsm_status pkcs11_lease_take(cihsm_token *token, pkcs11_lease *out, cihsm_error *err)
{
    *out = (pkcs11_lease){.token = token};
    return pkcs11_lease_take_again(out, err);
}

cihsm_status pkcs11_lease_take_writable(cihsm_token *token, pkcs11_lease *out, cihsm_error *err)
{
    *out = (pkcs11_lease){.token = token, .is_writable = true};
    return pkcs11_lease_take_again(out, err);
}

cihsm_status pkcs11_lease_return(pkcs11_lease *lease, cihsm_status status, cihsm_error *err)
{
    pkcs11_pool *pool = lease->token->pool;
    if (lease->is_writable) {
        pkcs11_pool_close_writable(pool, lease->session);
    } else if (status == CIHSM_OK) {
        pkcs11_pool_give(pool, lease->session);
    } else {
        pkcs11_pool_discard(pool, lease->session);
    }
    pkcs11_module_exit(&lease->token->link);
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    pkcs11_recovery_note(lease, &lease->failure);
    return pass_on(&lease->failure, err);
}
