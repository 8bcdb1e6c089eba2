/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions in place of those that failed, or beside them, although the token may have no more; and
 * their end without closing.
 */
#include "base/log.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"
#include "pkcs11/session_pool.h"

/* Sessions that nobody uses may stand in the way of a new one.
 * @param keeps_login  one of them stays */
static bool make_room(pkcs11_pool *pool, bool keeps_login)
{
    session_farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    session_entry *kept = keeps_login ? session_table_in(&pool->table, SESSION_IDLE) : NULL;
    if (kept != NULL) {
        kept->state = SESSION_TAKEN;
    }
    session_table_take_out(&pool->table, SESSION_IDLE, &gone);
    session_table_take_out(&pool->table, SESSION_DEAD, &gone);
    if (kept != NULL) {
        kept->state = SESSION_IDLE;
    }
    pthread_mutex_unlock(&pool->lock);
    session_close_all(pool, &gone);
    return gone.count > 0;
}

/* @return false: the time is over */
static bool wait_for_room(pkcs11_pool *pool, long long until_us)
{
    const long long now_us = log_clock_us();
    const long long again_us = now_us + SESSION_RETRY_US;
    if (now_us >= until_us) {
        return false;
    }
    pthread_mutex_lock(&pool->lock);
    (void)pkcs11_wait(&pool->freed, &pool->lock, again_us < until_us ? again_us : until_us);
    pthread_mutex_unlock(&pool->lock);
    return true;
}

cihsm_status pkcs11_pool_renew(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const long long until_us = session_wait_until_us(pool);
    CK_RV rv = session_open(pool, out);
    while (rv == CKR_SESSION_COUNT && (make_room(pool, false) || wait_for_room(pool, until_us))) {
        rv = session_open(pool, out);
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session");
    }
    session_farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    session_table_age(&pool->table);
    session_table_add(&pool->table, *out);
    session_table_take_out(&pool->table, SESSION_IDLE, &gone);
    session_table_take_out(&pool->table, SESSION_DEAD, &gone);
    pool->limit = PKCS11_SESSIONS_MAX;
    pool->has_logged_out = false; /* who renews looks at the login */
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    session_close_all(pool, &gone);
    return CIHSM_OK;
}

void pkcs11_pool_reset(pkcs11_pool *pool, CK_SLOT_ID slot)
{
    pthread_mutex_lock(&pool->lock);
    pool->table = (session_table){0};
    pool->limit = PKCS11_SESSIONS_MAX;
    pool->slot = slot;
    pthread_mutex_unlock(&pool->lock);
}

void pkcs11_pool_leave(pkcs11_pool *pool, unsigned long generation)
{
    session_farewell left = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    session_table_take_out(&pool->table, SESSION_IDLE, &left);
    session_table_take_out(&pool->table, SESSION_DEAD, &left);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < left.count; i++) {
        pkcs11_orphan_add(pool->link->module, left.handles[i], generation);
    }
}

cihsm_status pkcs11_pool_open_writable(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    const CK_SLOT_ID slot = pkcs11_pool_slot(pool);
    const long long until_us = session_wait_until_us(pool);
    CK_RV rv = pkcs11_c_open_session(pool->link, slot, flags, out);
    while (rv == CKR_SESSION_COUNT && (make_room(pool, true) || wait_for_room(pool, until_us))) {
        rv = pkcs11_c_open_session(pool->link, slot, flags, out);
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session that may write");
    }
    return CIHSM_OK;
}

void pkcs11_pool_close_writable(const pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    const CK_RV rv = session_close(pool, session);
    if (rv == PKCS11_R_NO_ANSWER || rv == PKCS11_R_STUCK) {
        pkcs11_module *module = pool->link->module;
        pkcs11_orphan_add(module, session, pkcs11_module_generation(module));
    }
}
