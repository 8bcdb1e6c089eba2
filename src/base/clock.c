/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
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

static void system_sleep_ms(void *context, int64_t milliseconds)
{
    (void)context;
    struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

clock_source clock_system(void)
{
    return (clock_source){
        .now_us = system_now_us, .wall_ms = system_wall_ms, .sleep_ms = system_sleep_ms};
}

int64_t clock_now_us(const clock_source *of)
{
    return of->now_us(of->context);
}

int64_t clock_wall_ms(const clock_source *of)
{
    return of->wall_ms(of->context);
}

void clock_sleep_ms(const clock_source *of, int64_t milliseconds)
{
    if (milliseconds > 0) {
        of->sleep_ms(of->context, milliseconds);
    }
}
