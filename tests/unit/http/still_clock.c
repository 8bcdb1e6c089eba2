/* SPDX-License-Identifier: Apache-2.0 */
#include "still_clock.h"

#include <stdlib.h>

static int64_t now_us(void *context)
{
    return ((const still_clock *)context)->now_us;
}

static int64_t wall_ms(void *context)
{
    return ((const still_clock *)context)->now_us / 1000;
}

static bool sleep_ms(void *context, int64_t milliseconds)
{
    still_clock *of = context;
    if (of->sleeps == STILL_CLOCK_SLEEPS) {
        abort(); /* someone never stops to wait */
    }
    of->slept_ms[of->sleeps++] = milliseconds;
    of->now_us += milliseconds * 1000;
    return true;
}

clock_source still_clock_table(still_clock *of)
{
    return (clock_source){now_us, wall_ms, sleep_ms, of};
}
