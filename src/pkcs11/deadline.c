/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/deadline.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#include "base/log.h"

enum { US_OF_MS = 1000, US_OF_S = 1000000, NS_OF_US = 1000 };

/* What functions of several layers below an operation would otherwise hand down to each call. */
static _Thread_local long long operation_until_us; /* 0: no operation */

static long long call_until_us(const pkcs11_link *link)
{
    return link->timeout_ms <= 0 ? LLONG_MAX
                                 : log_clock_us() + (long long)link->timeout_ms * US_OF_MS;
}

pkcs11_operation pkcs11_operation_begin(const pkcs11_link *link)
{
    const bool is_outermost = operation_until_us == 0;
    if (is_outermost) {
        operation_until_us = call_until_us(link);
    }
    return (pkcs11_operation){is_outermost};
}

void pkcs11_operation_end(pkcs11_operation *of)
{
    if (of->is_outermost) {
        operation_until_us = 0;
    }
}

void pkcs11_operation_extend(long long since_us)
{
    if (operation_until_us != 0 && operation_until_us != LLONG_MAX) {
        operation_until_us += log_clock_us() - since_us;
    }
}

long long pkcs11_deadline_us(const pkcs11_link *link)
{
    return operation_until_us != 0 ? operation_until_us : call_until_us(link);
}

bool pkcs11_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    const bool is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                         pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_made;
}

bool pkcs11_wait(pthread_cond_t *condition, pthread_mutex_t *lock, long long until_us)
{
    if (until_us == LLONG_MAX) {
        pthread_cond_wait(condition, lock);
        return true;
    }
    const struct timespec until = {(time_t)(until_us / US_OF_S),
                                   (long)(until_us % US_OF_S) * NS_OF_US};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
