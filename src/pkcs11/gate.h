/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/gate - many may be inside, or one alone; whoever waits does so until a deadline. One who
 * wants to be alone comes before those who want in. A thread that is inside must not wait at the
 * same gate again.
 */
#ifndef PKCS11_GATE_H
#define PKCS11_GATE_H

#include <pthread.h>
#include <stdbool.h>

#include "cihsm/api.h"

typedef struct pkcs11_gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside;
    bool is_closed; /* somebody is alone inside, or waits to be */
} pkcs11_gate;

/** @return false: out of memory */
CIHSM_NODISCARD bool pkcs11_gate_init(pkcs11_gate *gate);
void pkcs11_gate_destroy(pkcs11_gate *gate);

/** @param until_us  on the clock of log_clock_us  @return false: the time is over */
CIHSM_NODISCARD bool pkcs11_gate_enter(pkcs11_gate *gate, long long until_us);
void pkcs11_gate_leave(pkcs11_gate *gate);

/** To be alone. @return false: the time is over */
CIHSM_NODISCARD bool pkcs11_gate_close(pkcs11_gate *gate, long long until_us);
void pkcs11_gate_open(pkcs11_gate *gate);

#endif
