/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/session.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/deadline.h"
#include "pkcs11/functions.h"
#include "pkcs11/module.h"

enum {
    WAIT_US = 10000000,
    GROW_US = 1000000, /* after which a token that had no more sessions is asked again */
    RETRY_US = 200000, /* the same while this pool has none at all */
    ENTRIES_MAX = 4 * PKCS11_SESSIONS_MAX
};

typedef enum session_state {
    SESSION_NONE = 0, /* the entry is free */
    SESSION_IDLE,
    SESSION_TAKEN,
    SESSION_STALE, /* taken since before the pool was renewed: closed when it comes back */
    SESSION_DEAD   /* failed: closed when another one is open */
} session_state;

typedef struct entry {
    CK_SESSION_HANDLE handle;
    session_state state;
} entry;

struct pkcs11_pool {
    const pkcs11_link *link;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t freed; /* a session came back, or may be opened again */
    CK_SLOT_ID slot;
    CK_FLAGS flags;    /* read-only unless the token wants otherwise */
    size_t limit;      /* sessions that may be in use or idle: ours, or what the token had */
    long long grow_us; /* when the token is asked for one more */
    size_t opening;    /* sessions that are being opened */
    bool has_logged_out;
    entry entries[ENTRIES_MAX];
};

/* Sessions taken out of the pool to be closed without its lock. */
typedef struct farewell {
    CK_SESSION_HANDLE handles[ENTRIES_MAX];
    size_t count;
} farewell;

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

static CK_RV close_session(const pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    const CK_RV rv = pkcs11_c_close_session(pool->link, session);
    if (rv != CKR_OK) {
        pkcs11_code_text name;
        log_line(pool->link->log, CIHSM_LOG_DEBUG, "token", "a session does not close: %s",
                 pkcs11_code_name(rv, &name));
    }
    return rv;
}

static entry *entry_in(pkcs11_pool *pool, session_state state)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        if (pool->entries[i].state == state) {
            return &pool->entries[i];
        }
    }
    return NULL;
}

/* A token that does not answer leaves a session open: it is closed when another one is opened. */
static void keep_dead(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    pthread_mutex_lock(&pool->lock);
    entry *at = entry_in(pool, SESSION_NONE);
    if (at != NULL) {
        *at = (entry){session, SESSION_DEAD};
    }
    pthread_mutex_unlock(&pool->lock);
}

static void close_all(pkcs11_pool *pool, const farewell *gone)
{
    for (size_t i = 0; i < gone->count; i++) {
        const CK_RV rv = close_session(pool, gone->handles[i]);
        if (rv == PKCS11_R_NO_ANSWER || rv == PKCS11_R_STUCK) {
            keep_dead(pool, gone->handles[i]);
        }
    }
}

/* From here to take_out: called with the lock held. */
static size_t count_of(const pkcs11_pool *pool, session_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        count += pool->entries[i].state == state;
    }
    return count;
}

/* Sessions that work, as far as anybody knows. */
static size_t open_count(const pkcs11_pool *pool)
{
    return count_of(pool, SESSION_IDLE) + count_of(pool, SESSION_TAKEN);
}

/* Those that soon will with them. */
static size_t live_count(const pkcs11_pool *pool)
{
    return open_count(pool) + pool->opening;
}

static size_t used_count(const pkcs11_pool *pool)
{
    return live_count(pool) + count_of(pool, SESSION_STALE);
}

static bool is_full(const pkcs11_pool *pool)
{
    return used_count(pool) >= pool->limit;
}

/* The token said CKR_SESSION_COUNT: what there is has to do for a while. */
static void shrink(pkcs11_pool *pool)
{
    pool->limit = used_count(pool);
    pool->grow_us = log_clock_us() + (pool->limit > 0 ? GROW_US : RETRY_US);
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

/* The entry of a session that somebody has. */
static entry *entry_of(pkcs11_pool *pool, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        entry *at = &pool->entries[i];
        if (at->handle == handle && (at->state == SESSION_TAKEN || at->state == SESSION_STALE)) {
            return at;
        }
    }
    return NULL;
}

/* A session just opened is taken. A token that was reset gives the numbers of old sessions out
 * again: an old one of the same number is no more. */
static void add_taken(pkcs11_pool *pool, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        entry *at = &pool->entries[i];
        if (at->handle == handle && (at->state == SESSION_DEAD || at->state == SESSION_IDLE)) {
            at->state = SESSION_NONE;
        }
    }
    entry *at = entry_in(pool, SESSION_NONE);
    at = at == NULL ? entry_in(pool, SESSION_DEAD) : at;
    if (at != NULL) { /* there are more entries than a pool may have sessions that are not dead */
        *at = (entry){handle, SESSION_TAKEN};
    }
}

static void take_out(pkcs11_pool *pool, session_state state, farewell *gone)
{
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        if (pool->entries[i].state == state) {
            gone->handles[gone->count++] = pool->entries[i].handle;
            pool->entries[i].state = SESSION_NONE;
        }
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
    farewell gone = {.count = 0};
    take_out(pool, SESSION_IDLE, &gone);
    take_out(pool, SESSION_DEAD, &gone);
    close_all(pool, &gone);
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

/* Until when a session is waited for: no longer than the operation may take that it is for. */
static long long wait_until_us(const pkcs11_pool *pool)
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
        if (entry_in(pool, SESSION_IDLE) != NULL) {
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
    entry *idle = entry_in(pool, SESSION_IDLE);
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
    farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    pool->opening--;
    add_taken(pool, session);
    if (pool->limit < PKCS11_SESSIONS_MAX && is_full(pool)) {
        pool->grow_us = log_clock_us(); /* there may be more */
    }
    take_out(pool, SESSION_DEAD, &gone);
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    close_all(pool, &gone);
}

/* Takes a reservation back. Sessions that are dead may have been in the way. */
static void unreserve(pkcs11_pool *pool, CK_RV rv)
{
    farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    pool->opening--;
    if (rv == CKR_SESSION_COUNT) {
        take_out(pool, SESSION_DEAD, &gone);
        if (gone.count == 0) {
            shrink(pool);
        }
        pool->has_logged_out = pool->has_logged_out || (gone.count > 0 && open_count(pool) == 0);
    }
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    close_all(pool, &gone);
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
    const long long until_us = wait_until_us(pool);
    for (;;) {
        const pool_turn turn = next_turn(pool, until_us, out);
        if (turn == TURN_EXPIRED) {
            return fail_full(pool, err);
        }
        if (turn == TURN_IDLE) {
            return CIHSM_OK;
        }
        const CK_RV rv = open_session(pool, out);
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
    farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    entry *at = entry_of(pool, session);
    if (at != NULL) {
        at->state = at->state == SESSION_STALE ? SESSION_DEAD : state;
    }
    if (open_count(pool) > 0) { /* one that is being opened may fail */
        take_out(pool, SESSION_DEAD, &gone);
    }
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    close_all(pool, &gone);
}

void pkcs11_pool_give(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    put_back(pool, session, SESSION_IDLE);
}

void pkcs11_pool_discard(pkcs11_pool *pool, CK_SESSION_HANDLE session)
{
    put_back(pool, session, SESSION_DEAD);
}

/* Sessions that nobody uses may stand in the way of a new one.
 * @param keeps_login  one of them stays */
static bool make_room(pkcs11_pool *pool, bool keeps_login)
{
    farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    entry *kept = keeps_login ? entry_in(pool, SESSION_IDLE) : NULL;
    if (kept != NULL) {
        kept->state = SESSION_TAKEN;
    }
    take_out(pool, SESSION_IDLE, &gone);
    take_out(pool, SESSION_DEAD, &gone);
    if (kept != NULL) {
        kept->state = SESSION_IDLE;
    }
    pthread_mutex_unlock(&pool->lock);
    close_all(pool, &gone);
    return gone.count > 0;
}

/* @return false: the time is over */
static bool wait_for_room(pkcs11_pool *pool, long long until_us)
{
    const long long now_us = log_clock_us();
    const long long again_us = now_us + RETRY_US;
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
    const long long until_us = wait_until_us(pool);
    CK_RV rv = open_session(pool, out);
    while (rv == CKR_SESSION_COUNT && (make_room(pool, false) || wait_for_room(pool, until_us))) {
        rv = open_session(pool, out);
    }
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "cannot open a session");
    }
    farewell gone = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        entry *at = &pool->entries[i];
        at->state = at->state == SESSION_TAKEN ? SESSION_STALE : at->state;
    }
    add_taken(pool, *out);
    take_out(pool, SESSION_IDLE, &gone);
    take_out(pool, SESSION_DEAD, &gone);
    pool->limit = PKCS11_SESSIONS_MAX;
    pool->has_logged_out = false; /* who renews looks at the login */
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    close_all(pool, &gone);
    return CIHSM_OK;
}

void pkcs11_pool_reset(pkcs11_pool *pool, CK_SLOT_ID slot)
{
    pthread_mutex_lock(&pool->lock);
    memset(pool->entries, 0, sizeof pool->entries);
    pool->limit = PKCS11_SESSIONS_MAX;
    pool->slot = slot;
    pthread_mutex_unlock(&pool->lock);
}

void pkcs11_pool_leave(pkcs11_pool *pool, unsigned long generation)
{
    farewell left = {.count = 0};
    pthread_mutex_lock(&pool->lock);
    take_out(pool, SESSION_IDLE, &left);
    take_out(pool, SESSION_DEAD, &left);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < left.count; i++) {
        pkcs11_orphan_add(pool->link->module, left.handles[i], generation);
    }
}

CK_SLOT_ID pkcs11_pool_slot(pkcs11_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    const CK_SLOT_ID slot = pool->slot;
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

cihsm_status pkcs11_pool_open_writable(pkcs11_pool *pool, CK_SESSION_HANDLE *out, cihsm_error *err)
{
    const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    const CK_SLOT_ID slot = pkcs11_pool_slot(pool);
    const long long until_us = wait_until_us(pool);
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
    const CK_RV rv = close_session(pool, session);
    if (rv == PKCS11_R_NO_ANSWER || rv == PKCS11_R_STUCK) {
        pkcs11_module *module = pool->link->module;
        pkcs11_orphan_add(module, session, pkcs11_module_generation(module));
    }
}
