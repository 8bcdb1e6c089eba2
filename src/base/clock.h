/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock - the seam for time: whoever waits or measures asks a table, so that tests take none.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** A table of functions; all get the context. */
typedef struct clock_source {
    /** Microseconds of a clock that nobody sets and that goes on while the machine sleeps; only
     *  differences mean something. */
    int64_t (*now_us)(void *context);
    /** The time of day in UTC: milliseconds since 1970-01-01. */
    int64_t (*wall_ms)(void *context);
    /** Returns when so many milliseconds have passed; a handled signal does not end it. */
    void (*sleep_ms)(void *context, int64_t milliseconds);
    void *context;
} clock_source;

/** @return the machine's clock. */
clock_source clock_system(void);

int64_t clock_now_us(const clock_source *of);
int64_t clock_wall_ms(const clock_source *of);

/** No effect for 0 and less. */
void clock_sleep_ms(const clock_source *of, int64_t milliseconds);

#endif
