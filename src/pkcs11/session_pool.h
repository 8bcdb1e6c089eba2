/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/session_pool - what a pool is made of; for the two files that are the pool (session.c,
 * session_renew.c).
 */
#ifndef PKCS11_SESSION_POOL_H
#define PKCS11_SESSION_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "pkcs11/session.h"
#include "pkcs11/session_table.h"

/** Microseconds after which a token without a session for this pool is asked again. */
enum { SESSION_RETRY_US = 200000 };

struct pkcs11_pool {
    const pkcs11_link *link;
    pthread_mutex_t lock; /**< guards all below */
    pthread_cond_t freed; /**< a session came back, or may be opened again */
    CK_SLOT_ID slot;
    CK_FLAGS flags;    /**< read-only unless the token wants otherwise */
    size_t limit;      /**< sessions that may be in use or idle: ours, or what the token had */
    long long grow_us; /**< when the token is asked for one more */
    size_t opening;    /**< sessions that are being opened */
    bool has_logged_out;
    session_table table;
};

/** Opens a session that is not in the table yet. */
CK_RV session_open(pkcs11_pool *pool, CK_SESSION_HANDLE *out);

/** Closes one that is in the table no more; what fails is logged. */
CK_RV session_close(const pkcs11_pool *pool, CK_SESSION_HANDLE session);

/** Closes all of them; one that the token does not answer for is kept to be closed later. */
void session_close_all(pkcs11_pool *pool, const session_farewell *gone);

/** @return until when a session is waited for: no longer than the operation may take that it is
 *          for. */
long long session_wait_until_us(const pkcs11_pool *pool);

#endif
