/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/worker - threads in which calls into a module are made, so that a call that does not
 * return can be left.
 *
 * A call works on a copy of its arguments, which the thread owns until the call returns. A thread
 * whose call was left ends when that returns; the others wait for the next call. All signals are
 * blocked in them: SIGPIPE of a module whose server died ends no program.
 */
#ifndef PKCS11_WORKER_H
#define PKCS11_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <p11-kit/pkcs11.h>

#include "cihsm/api.h"

typedef struct pkcs11_worker pkcs11_worker;

/** The threads of one module. Start with pkcs11_crew_init. */
typedef struct pkcs11_crew {
    pthread_mutex_t lock; /* guards all below */
    pkcs11_worker *idle;
    unsigned left;         /* calls that were left and have not returned */
    int64_t left_since_ms; /* the time of day when the first of them was left */
} pkcs11_crew;

/** Makes the call with its arguments; does nothing else. */
typedef CK_RV (*pkcs11_run)(CK_FUNCTION_LIST *functions, void *args);

/** Called in the thread when a call that was left has returned, with its arguments. */
typedef void (*pkcs11_late)(void *user, const void *args, CK_RV rv);

typedef struct pkcs11_job {
    pkcs11_run run;
    CK_FUNCTION_LIST *functions;
    void *args;       /**< copied, and copied back if the call is answered in time */
    size_t size;      /**< bytes of args, which may point to nothing that can end */
    pkcs11_late late; /**< may be NULL */
    void *user;       /**< for late */
} pkcs11_job;

void pkcs11_crew_init(pkcs11_crew *crew);

/**
 * @param until_us  on the clock of log_clock_us
 * @return what the module answered; PKCS11_R_NO_ANSWER: nothing so far, the call was left;
 *         PKCS11_R_STUCK: nothing was called, because one that was left has not returned;
 *         PKCS11_R_NO_MEMORY: no memory or thread
 */
CK_RV pkcs11_crew_call(pkcs11_crew *crew, const pkcs11_job *job, long long until_us);

/** @return how many calls were left and have not returned; since when, in Unix milliseconds. */
unsigned pkcs11_crew_left(pkcs11_crew *crew, int64_t *since_ms);

/** Ends the threads that have nothing to do. */
void pkcs11_crew_dismiss(pkcs11_crew *crew);

/** True while any call of this process that was left has not returned. */
bool pkcs11_worker_any_left(void);

#endif
