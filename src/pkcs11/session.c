/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/functions.h"

enum { WAIT_S = 10 };

struct pkcs11_pool {
    const pkcs11_link *link;
    CK_SLOT_ID slot;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t freed; /* a session came back, or may be opened again */
    CK_FLAGS flags;       /* read-only unless the token wants otherwise */
    size_t limit;         /* sessions that may be open */
    size_t open;          /* sessions open, idle or taken, or being opened */
    size_t idle_count;
    CK_SESSION_HANDLE idle[PKCS11_SESSIONS_MAX];
};

/* CloudHSM SDK 5 refuses read-only sessions with FUNCTION_FAILED (pkcs11 facts, vendor table). */
static bool wants_writable(CK_RV rv)
{
    return rv == CKR_FUNCTION_FAILED || rv == CKR_TOKEN_WRITE_PROTECTED ||
           rv == CKR_SESSION_READ_ONLY;
}

static CK_RV open_session(pkcs11_pool *pool, CK_SESSION_HANDLE *out)
{
    pthread_mutex_lock(&pool->lock);
    const CK_FLAGS flags = pool->flags;
    pthread_mutex_unlock(&pool->lock);

    const CK_RV rv = pkcs11_c_open_session(pool->link, pool->slot, flags, out);
    if (!wants_writable(rv) || (flags & CKF_RW_SESSION) != 0) {
        return rv;
    }
    const CK_FLAGS writable = flags | CKF_RW_SESSION;
    if (pkcs11_c_open_session(pool->link, pool->slot, writable, out) != CKR_OK) {
        return rv; /* the first answer says more */
    }
    pthread_mutex_lock(&pool->lock);
    pool->flags = writable;
    pthread_mutex_unlock(&pool->lock);
    return CKR_OK;
}

static void close_session(const pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    const CK_RV rv = pkcs11_c_close_session(pool->link, session);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(pool->link->log, CIHSM_LOG_DEBUG, "token", "a session does not close: %s",
                 pkcs11_code_name(rv, &name));
    }
}

static cihsm_status init_locks(pkcs11_pool *pool, cihsm_error *err)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return cihsm_fail_memory(err);
    }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    const int rc = pthread_cond_init(&pool->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (rc != 0) {
        return cihsm_fail_memory(err);
    }
    pthread_mutex_init(&pool->lock, NULL);
    return CIHSM_OK;
}

cihsm_status pkcs11_pool_new(const pkcs11_link *link, CK_SLOT_ID slot, pkcs11_pool **out,
                             cihsm_error *err)
{
    pkcs11_pool *made = calloc(1, sizeof *made);
    if (made == NULL || init_locks(made, err) != CIHSM_OK) {
        free(made);
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(pkcs11_pool_free) pkcs11_pool *pool = made;
    pool->link = link;
    pool->slot = slot;
    pool->flags = CKF_SERIAL_SESSION;
    pool->limit = PKCS11_SESSIONS_MAX;

    const CK_RV rv = open_session(pool, &pool->idle[0]);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session");
    }
    pool->open = 1;
    pool->idle_count = 1;
    *out = CIHSM_MOVE(pool);
    return CIHSM_OK;
}

void pkcs11_pool_free(pkcs11_pool **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    pkcs11_pool *pool = *of;
    for (size_t i = 0; i < pool->idle_count; i++) {
        close_session(pool, pool->idle[i]);
    }
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *of = NULL;
}

/* What pkcs11_pool_take may do next; called and returns with the lock held. */
typedef enum pool_turn { TURN_IDLE, TURN_OPEN, TURN_EXPIRED } pool_turn;

static pool_turn wait_turn(pkcs11_pool *pool, const struct timespec *until)
{
    int rc = 0;
    while (pool->idle_count == 0 && pool->open >= pool->limit) {
        if (rc == ETIMEDOUT) {
            return TURN_EXPIRED;
        }
        rc = pthread_cond_timedwait(&pool->freed, &pool->lock, until);
    }
    return pool->idle_count > 0 ? TURN_IDLE : TURN_OPEN;
}

static pool_turn next_turn(pkcs11_pool *pool, const struct timespec *until, CK_SESSION_HANDLE *out)
{
    pthread_mutex_lock(&pool->lock);
    const pool_turn turn = wait_turn(pool, until);
    if (turn == TURN_IDLE) {
        *out = pool->idle[--pool->idle_count];
    } else if (turn == TURN_OPEN) {
        pool->open++; /* reserved, so that no other thread opens it too */
    }
    pthread_mutex_unlock(&pool->lock);
    return turn;
}

/* Takes a reservation back. @return true if others hold sessions, so that waiting makes sense. */
static bool unreserve(pkcs11_pool *pool, CK_RV rv)
{
    pthread_mutex_lock(&pool->lock);
    pool->open--;
    const bool others = pool->open > 0;
    if (rv == CKR_SESSION_COUNT && others) {
        pool->limit = pool->open; /* the token's own limit */
    }
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    return others;
}

cihsm_status pkcs11_pool_take(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    for (;;) {
        const pool_turn turn = next_turn(pool, &until, out);
        if (turn == TURN_EXPIRED) {
            return cihsm_fail(err, CIHSM_E_BUSY, CIHSM_FROM_TOKEN, CKR_SESSION_COUNT,
                              "all sessions of the token were busy for %d s; use fewer threads",
                              WAIT_S);
        }
        const CK_RV rv = turn == TURN_IDLE ? CKR_OK : open_session(pool, out);
        if (rv == CKR_OK) {
            return CIHSM_OK;
        }
        const bool others = unreserve(pool, rv);
        if (rv != CKR_SESSION_COUNT || !others) {
            return pkcs11_fail(err, rv, "cannot open a session");
        }
    }
}

void pkcs11_pool_give(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = session;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

void pkcs11_pool_discard(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    CK_SESSION_HANDLE fresh = CK_INVALID_HANDLE;
    const CK_RV rv = open_session(pool, &fresh);
    close_session(pool, session);
    if (rv == CKR_OK) {
        pkcs11_pool_give(pool, fresh);
    } else {
        (void)unreserve(pool, CKR_OK);
    }
}

void pkcs11_pool_return(pkcs11_pool *pool, CK_SESSION_HANDLE session, cihsm_status status)
{
    if (status == CIHSM_OK) {
        pkcs11_pool_give(pool, session);
    } else {
        pkcs11_pool_discard(pool, session);
    }
}

cihsm_status pkcs11_pool_open_writable(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const CK_RV rv =
        pkcs11_c_open_session(pool->link, pool->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, out);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session that may write");
    }
    return CIHSM_OK;
}

void pkcs11_pool_close_writable(const pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    close_session(pool, session);
}
