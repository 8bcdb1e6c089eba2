/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>

static int64_t read_us(clockid_t which)
{
    struct timespec now = {0};
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_now_us(void *context)
{
    (void)context;
    return read_us(CLOCK_BOOTTIME);
}

static int64_t system_wall_ms(void *context)
{
    (void)context;
    return read_us(CLOCK_REALTIME) / 1000;
}

/* In pieces of what poll can count. A handled signal ends a piece early, so the clock decides. */
static bool system_sleep_ms(void *context, int64_t milliseconds)
{
    const cihsm_cancel *cancel = context;
    struct pollfd ended = {.fd = cancel == NULL ? -1 : cihsm_cancel_descriptor(cancel),
                           .events = POLLIN};
    const int64_t end_us = read_us(CLOCK_MONOTONIC) + milliseconds * 1000;
    int64_t left_us = milliseconds * 1000;
    while (left_us > 0 && !cihsm_cancel_is_requested(cancel)) {
        const int64_t left_ms = (left_us + 999) / 1000;
        (void)poll(&ended, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
        left_us = end_us - read_us(CLOCK_MONOTONIC);
    }
    return !cihsm_cancel_is_requested(cancel);
}

clock_source clock_system(cihsm_cancel *cancel)
{
    return (clock_source){.now_us = system_now_us,
                          .wall_ms = system_wall_ms,
                          .sleep_ms = system_sleep_ms,
                          .context = cancel};
}

int64_t clock_now_us(const clock_source *of)
{
    return of->now_us(of->context);
}

int64_t clock_wall_ms(const clock_source *of)
{
    return of->wall_ms(of->context);
}

bool clock_sleep_ms(const clock_source *of, int64_t milliseconds)
{
    return milliseconds <= 0 || of->sleep_ms(of->context, milliseconds);
}
