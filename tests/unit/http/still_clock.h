/* SPDX-License-Identifier: Apache-2.0 */
/*
 * still_clock - a clock that stands still unless someone sleeps by it, and keeps for how long.
 */
#ifndef STILL_CLOCK_H
#define STILL_CLOCK_H

#include <stddef.h>

#include "base/clock.h"

#define STILL_CLOCK_SLEEPS 32

typedef struct still_clock {
    int64_t now_us;
    int64_t slept_ms[STILL_CLOCK_SLEEPS];
    size_t sleeps;
} still_clock;

/** @return a table over @p of, which must outlive it. */
clock_source still_clock_table(still_clock *of);

#endif
