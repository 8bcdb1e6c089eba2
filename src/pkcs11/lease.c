/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/lease.h"

#include "base/error.h"
#include "pkcs11/module.h"
#include "pkcs11/revive.h"
#include "pkcs11/token.h"

static cihsm_status take_session(pkcs11_lease *lease, cihsm_error *err)
{
    CIHSM_TRY(pkcs11_revive(lease, err));
    pkcs11_pool *pool = lease->token->pool;
    return lease->is_writable ? pkcs11_pool_open_writable(pool, &lease->session, err)
                              : pkcs11_pool_take(pool, &lease->session, err);
}

static cihsm_status take(cihsm_token *token, bool is_writable, pkcs11_lease *out, cihsm_error *err)
{
    *out = (pkcs11_lease){.token = token,
                          .is_writable = is_writable,
                          .epoch = atomic_load(&token->epoch),
                          .generation = pkcs11_module_generation(token->link.module)};
    CIHSM_TRY(pkcs11_module_enter(&token->link, err));
    const cihsm_status status = take_session(out, err);
    if (status != CIHSM_OK) {
        pkcs11_module_exit(&token->link);
    }
    return status;
}

cihsm_status pkcs11_lease_take(cihsm_token *token, pkcs11_lease *out, cihsm_error *err)
{
    return take(token, false, out, err);
}

cihsm_status pkcs11_lease_take_writable(cihsm_token *token, pkcs11_lease *out, cihsm_error *err)
{
    return take(token, true, out, err);
}

void pkcs11_lease_return(pkcs11_lease *lease, cihsm_status status)
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
}
