/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/deadline - until when a thread waits for a token.
 *
 * Each call into a module may take as long as the link says. An operation of several calls that was
 * begun here has that time for all of them together, its repetition included.
 */
#ifndef PKCS11_DEADLINE_H
#define PKCS11_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>

#include "cihsm/api.h"
#include "pkcs11/call.h"

/** An operation of this thread, until it is ended; inside another one it changes nothing. */
typedef struct pkcs11_operation {
    bool is_outermost;
} pkcs11_operation;

pkcs11_operation pkcs11_operation_begin(const pkcs11_link *link);
void pkcs11_operation_end(pkcs11_operation *of);

/** What this thread waited for since @p since_us, on the clock of log_clock_us, was a person who
 *  types a PIN: its operation, if there is one, ends so much later. */
void pkcs11_operation_extend(long long since_us);

/** @return the end of this thread's operation, or of a call that begins now: microseconds on the
 *          clock of log_clock_us; LLONG_MAX: never. */
long long pkcs11_deadline_us(const pkcs11_link *link);

/** A condition variable for pkcs11_wait. @return false: out of memory */
CIHSM_NODISCARD bool pkcs11_condition_init(pthread_cond_t *condition);

/** Waits with the lock held until the condition is signalled, which may come by itself. @return
 *  false: the time is over */
bool pkcs11_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long long until_us);

#endif
