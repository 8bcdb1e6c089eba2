/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/gate.h"

#include "pkcs11/deadline.h"

bool pkcs11_gate_init(pkcs11_gate *gate)
{
    *gate = (pkcs11_gate){.inside = 0};
    if (!pkcs11_condition_init(&gate->changed)) {
        return false;
    }
    pthread_mutex_init(&gate->lock, NULL); /* cannot fail without attributes */
    return true;
}

void pkcs11_gate_destroy(pkcs11_gate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->lock);
}

/* Called with the lock held. */
static bool wait_until_open(pkcs11_gate *gate, long long until_us)
{
    bool in_time = true;
    while (gate->is_closed && in_time) {
        in_time = pkcs11_wait(&gate->changed, &gate->lock, until_us);
    }
    return !gate->is_closed;
}

bool pkcs11_gate_enter(pkcs11_gate *gate, long long until_us)
{
    pthread_mutex_lock(&gate->lock);
    const bool is_in = wait_until_open(gate, until_us);
    gate->inside += is_in;
    pthread_mutex_unlock(&gate->lock);
    return is_in;
}

void pkcs11_gate_leave(pkcs11_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->inside--;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

/* Called with the lock held. */
static bool wait_until_empty(pkcs11_gate *gate, long long until_us)
{
    bool in_time = true;
    while (gate->inside > 0 && in_time) {
        in_time = pkcs11_wait(&gate->changed, &gate->lock, until_us);
    }
    return gate->inside == 0;
}

bool pkcs11_gate_close(pkcs11_gate *gate, long long until_us)
{
    pthread_mutex_lock(&gate->lock);
    bool is_alone = wait_until_open(gate, until_us);
    if (is_alone) {
        gate->is_closed = true;
        is_alone = wait_until_empty(gate, until_us);
        gate->is_closed = is_alone;
        pthread_cond_broadcast(&gate->changed);
    }
    pthread_mutex_unlock(&gate->lock);
    return is_alone;
}

void pkcs11_gate_open(pkcs11_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_closed = false;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}
