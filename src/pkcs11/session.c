/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session_pool.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"

enum {
    WAIT_US = 10000000,
    GROW_US = 1000000 /* after which a token that had no more sessions is asked again */
};

/* CloudHSM SDK 5 refuses read-only sessions with FUNCTION_FAILED (pkcs11 facts, vendor table). */
static bool wants_writable(CK_RV rv)
{
    return rv == CKR_FUNCTION_FAILED || rv == CKR_TOKEN_WRITE_PROTECTED ||
           rv == CKR_SESSION_READ_ONLY;
}

CK_RV session_open(pkcs11_pool *pool, CK_SESSION_HANDLE *out)
{
    pthread_mutex_lock(&pool->lock);
    const CK_FLAGS flags = pool->flags;
    const CK_SLOT_ID slot = pool->slot;
    pthread_mutex_unlock(&pool->lock);

    const CK_RV rv = pkcs11_c_open_session(pool->link, slot, flags, out);
    if (!wants_writable(rv) || (flags & CKF_RW_SESSION) != 0) {
        return rv;
    }
    const CK_FLAGS writable = flags | CKF_RW_SESSION;
    if (pkcs11_c_open_session(pool->link, slot, writable, out) != CKR_OK) {
        return rv; /* the first answer says more */
    }
    pthread_mutex_lock(&pool->lock);
    pool->flags = writable;
    pthread_mutex_unlock(&pool->lock);
    return CKR_OK;
}

CK_RV session_close(const pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    const CK_RV rv = pkcs11_c_close_session(pool->link, session);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(pool->link->log, CIHSM_LOG_DEBUG, "token", "a session does not close: %s",
                 pkcs11_code_name(rv, &name));
    }
    return rv;
}

/* A token that does not answer leaves a session open: it is closed when another one is opened. */
static void keep_dead(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    pthread_mutex_lock(&pool->lock);
    session_table_add_dead(&pool->table, session);
    pthread_mutex_unlock(&pool->lock);
}

void session_close_all(pkcs11_pool *pool, const session_farewell *gone)
{
    for (size_t i = 0; i < gone->count; i++) {
        const CK_RV rv = session_close(pool, gone->handles[i]);
        if (rv == PKCS11_R_NO_ANSWER || rv == PKCS11_R_STUCK) {
            keep_dead(pool, gone->handles[i]);
        }
    }
}

/* From here to grow: called with the lock held. */
/* Sessions that work, as far as anybody knows. */
static size_t open_count(const pkcs11_pool *pool)
{
    return session_table_count(&pool->table, SESSION_IDLE) +
           session_table_count(&pool->table, SESSION_TAKEN);
}

/* Those that soon will with them. */
static size_t live_count(const pkcs11_pool *pool)
{
    return open_count(pool) + pool->opening;
}

static size_t used_count(const pkcs11_pool *pool)
{
    return live_count(pool) + session_table_count(&pool->table, SESSION_STALE);
}

static bool is_full(const pkcs11_pool *pool)
{
    return used_count(pool) >= pool->limit;
}

/* The token said CKR_SESSION_COUNT: what there is has to do for a while. */
static void shrink(pkcs11_pool *pool)
{
    pool->limit = used_count(pool);
    pool->grow_us = log_clock_us() + (pool->limit > 0 ? GROW_US : SESSION_RETRY_US);
}

/* Others may have closed sessions since. One thread asks, and the pool grows as long as there are
 * more. */
static void grow(pkcs11_pool *pool)
{
    if (pool->limit < PKCS11_SESSIONS_MAX && is_full(pool) && log_clock_us() >= pool->grow_us) {
        pool->limit++;
        pool->grow_us = log_clock_us() + GROW_US;
    }
}

cihsm_status pkcs11_pool_new(const pkcs11_link *link, CK_SLOT_ID slot, pkcs11_pool **out,
                             cihsm_error *err)
{
    pkcs11_pool *made = calloc(1, sizeof *made);
    if (made == NULL || !pkcs11_condition_init(&made->freed)) {
        free(made);
        return cihsm_fail_memory(err);
    }
    pthread_mutex_init(&made->lock, NULL); /* cannot fail without attributes */
    CIHSM_AUTO(pkcs11_pool_free) pkcs11_pool *pool = made;
    pool->link = link;
    pool->slot = slot;
    pool->flags = CKF_SERIAL_SESSION;
    pool->limit = PKCS11_SESSIONS_MAX;

    CK_SESSION_HANDLE first = CK_INVALID_HANDLE;
    CIHSM_TRY(pkcs11_pool_take(pool, &first, err));
    pkcs11_pool_give(pool, first);
    *out = CIHSM_MOVE(pool);
    return CIHSM_OK;
}

void pkcs11_pool_free(pkcs11_pool **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    pkcs11_pool *pool = *of;
    session_farewell gone = {.count = 0};
    session_table_take_out(&pool->table, SESSION_IDLE, &gone);
    session_table_take_out(&pool->table, SESSION_DEAD, &gone);
    session_close_all(pool, &gone);
    pkcs11_pool_leave(pool, pkcs11_module_generation(pool->link->module));
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *of = NULL;
}

void pkcs11_pool_abandon(pkcs11_pool **of)
{
    free(*of);
    *of = NULL;
}

long long session_wait_until_us(const pkcs11_pool *pool)
{
    const long long until_us = log_clock_us() + WAIT_US;
    const long long deadline_us = pkcs11_deadline_us(pool->link);
    return deadline_us < until_us ? deadline_us : until_us;
}

/* What pkcs11_pool_take may do next; called and returns with the lock held. */
typedef enum pool_turn { TURN_IDLE, TURN_OPEN, TURN_EXPIRED } pool_turn;

static pool_turn wait_turn(pkcs11_pool *pool, long long until_us)
{
    for (;;) {
        if (session_table_in(&pool->table, SESSION_IDLE) != NULL) {
            return TURN_IDLE;
        }
        grow(pool);
        if (!is_full(pool)) {
            return TURN_OPEN;
        }
        if (log_clock_us() >= until_us) {
            return TURN_EXPIRED;
        }
        const bool may_grow = pool->limit < PKCS11_SESSIONS_MAX && pool->grow_us < until_us;
        (void)pkcs11_wait(&pool->freed, &pool->lock, may_grow ? pool->grow_us : until_us);
    }
}

static pool_turn next_turn(pkcs11_pool *pool, long long until_us, CK_SESSION_HANDLE *out)
{
    pthread_mutex_lock(&pool->lock);
    const pool_turn turn = wait_turn(pool, until_us);
    session_entry *idle = session_table_in(&pool->table, SESSION_IDLE);
    if (idle != NULL) {
        idle->state = SESSION_TAKEN;
        *out = idle->handle;
    } else if (turn == TURN_OPEN) {
        pool->opening++; /* reserved, so that no other thread opens it too */
    }
    pthread_mutex_unlock(&pool->lock);
    return turn;
}

/* Ends a reservation. The dead may be closed now, as there is another one. */
static void admit(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    session_farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    pool->opening--;
    session_table_add(&pool->table, session);
    if (pool->limit < PKCS11_SESSIONS_MAX && is_full(pool)) {
        pool->grow_us = log_clock_us(); /* there may be more */
    }
    session_table_take_out(&pool->table, SESSION_DEAD, &gone);
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    session_close_all(pool, &gone);
}

/* Takes a reservation back. Sessions that are dead may have been in the way. */
static void unreserve(pkcs11_pool *pool, CK_RV rv)
{
    session_farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    pool->opening--;
    if (rv == CKR_SESSION_COUNT) {
        session_table_take_out(&pool->table, SESSION_DEAD, &gone);
        if (gone.count == 0) {
            shrink(pool);
        }
        pool->has_logged_out = pool->has_logged_out || (gone.count > 0 && open_count(pool) == 0);
    }
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    session_close_all(pool, &gone);
}

static cihsm_status fail_full(pkcs11_pool *pool, cihsm_error *err)
{
    pthread_mutex_lock(&pool->lock);
    const bool is_ours = used_count(pool) > 0;
    pthread_mutex_unlock(&pool->lock);
    if (!is_ours) {
        return pkcs11_fail(err, CKR_SESSION_COUNT, "waited in vain for a session");
    }
    return cihsm_fail(err, CIHSM_E_BUSY, CIHSM_FROM_TOKEN, CKR_SESSION_COUNT,
                      "all sessions of the token are busy and none became free in time; use fewer "
                      "threads");
}

cihsm_status pkcs11_pool_take(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const long long until_us = session_wait_until_us(pool);
    for (;;) {
        const pool_turn turn = next_turn(pool, until_us, out);
        if (turn == TURN_EXPIRED) {
            return fail_full(pool, err);
        }
        if (turn == TURN_IDLE) {
            return CIHSM_OK;
        }
        const CK_RV rv = session_open(pool, out);
        if (rv == CKR_OK) {
            admit(pool, *out);
            return CIHSM_OK;
        }
        unreserve(pool, rv);
        if (rv != CKR_SESSION_COUNT) {
            return pkcs11_fail(err, rv, "cannot open a session");
        }
    }
}

bool pkcs11_pool_logged_out(pkcs11_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    const bool has = pool->has_logged_out;
    pool->has_logged_out = false;
    pthread_mutex_unlock(&pool->lock);
    return has;
}

/* @param state  what becomes of a session that is not stale */
static void put_back(pkcs11_pool *pool, CK_SESSION_HANDLE session, session_state state)
{
    session_farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    session_entry *at = session_table_of(&pool->table, session);
    if (at != NULL) {
        at->state = at->state == SESSION_STALE ? SESSION_DEAD : state;
    }
    if (open_count(pool) > 0) { /* one that is being opened may fail */
        session_table_take_out(&pool->table, SESSION_DEAD, &gone);
    }
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    session_close_all(pool, &gone);
}

void pkcs11_pool_give(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    put_back(pool, session, SESSION_IDLE);
}

void pkcs11_pool_discard(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    put_back(pool, session, SESSION_DEAD);
}

CK_SLOT_ID pkcs11_pool_slot(pkcs11_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    const CK_SLOT_ID slot = pool->slot;
    pthread_mutex_unlock(&pool->lock);
    return slot;
}
