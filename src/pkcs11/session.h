/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/session - the sessions of one token: a bounded pool, opened on demand, for many threads.
 *
 * A session is used by one thread for one operation at a time. Owns its sessions; borrows the link,
 * which must outlive it. Closing the last session logs out, so a session that failed stays open
 * until another one is. Others than token.c and revive.c take sessions by pkcs11/lease.
 */
#ifndef PKCS11_SESSION_H
#define PKCS11_SESSION_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "pkcs11/call.h"

enum { PKCS11_SESSIONS_MAX = 16 };

typedef struct pkcs11_pool pkcs11_pool;

/** A pool with its first session, which is for the login and then for signing. */
CIHSM_NODISCARD cihsm_status pkcs11_pool_new(const pkcs11_link *link, CK_SLOT_ID slot,
                                             pkcs11_pool **out, cihsm_error *err);

/**
 * An idle session, or a new one. At the limit (ours, or the token's CKR_SESSION_COUNT) waits for
 * other threads and asks the token again, up to 10 seconds and not beyond the end of the operation
 * (pkcs11/deadline).
 *
 * @retval CIHSM_E_BUSY   none became free
 * @retval CIHSM_E_TOKEN  the token had none for this pool
 */
CIHSM_NODISCARD cihsm_status pkcs11_pool_take(pkcs11_pool *pool, CK_SESSION_HANDLE *out,
                                              cihsm_error *err);

/** True once after the last session had to be closed to make room for another one: that logs out.
 */
bool pkcs11_pool_logged_out(pkcs11_pool *pool);

/** Gives back a session without an operation in it. */
void pkcs11_pool_give(pkcs11_pool *pool, CK_SESSION_HANDLE session);

/** Gives back a session in which a call failed: it is not used again. */
void pkcs11_pool_discard(pkcs11_pool *pool, CK_SESSION_HANDLE session);

/**
 * Opens a new session, which is taken, and then closes all that were open before; those that are
 * taken are closed when they come back.
 */
CIHSM_NODISCARD cihsm_status pkcs11_pool_renew(pkcs11_pool *pool, CK_SESSION_HANDLE *out,
                                               cihsm_error *err);

/** Forgets all sessions without closing them, because the module was initialised anew; none may be
 *  taken. The next ones are opened in @p slot. */
void pkcs11_pool_reset(pkcs11_pool *pool, CK_SLOT_ID slot);

/** Leaves all sessions, which must be back, to be closed when the module answers.
 *  @param generation  of the module, in which they were opened */
void pkcs11_pool_leave(pkcs11_pool *pool, unsigned long generation);

/** @return the slot in which sessions are opened. */
CK_SLOT_ID pkcs11_pool_slot(pkcs11_pool *pool);

/** A read-write session outside the pool; close it with pkcs11_pool_close_writable. */
CIHSM_NODISCARD cihsm_status pkcs11_pool_open_writable(pkcs11_pool *pool, CK_SESSION_HANDLE *out,
                                                       cihsm_error *err);

void pkcs11_pool_close_writable(const pkcs11_pool *pool, CK_SESSION_HANDLE session);

/** Frees the pool of a process that this one was forked from: touches no session and no lock. */
void pkcs11_pool_abandon(pkcs11_pool **pool);

/** Closes all sessions, which must be back; those that do not answer are left. NULL is fine. */
void pkcs11_pool_free(pkcs11_pool **pool);

#endif
