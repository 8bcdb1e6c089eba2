/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock - the seam for time: whoever waits or measures asks a table, so that tests take none.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/cancel.h"

/** A table of functions; all get the context. */
typedef struct clock_source {
    /** Microseconds of a clock that nobody sets and that goes on while the machine sleeps; only
     *  differences mean something. */
    int64_t (*now_us)(void *context);
    /** The time of day in UTC: milliseconds since 1970-01-01. */
    int64_t (*wall_ms)(void *context);
    /** Returns when so many milliseconds have passed; a handled signal does not end it.
     *  @return false, at once: there is to be no more waiting */
    bool (*sleep_ms)(void *context, int64_t milliseconds);
    void *context;
} clock_source;

/**
 * @param cancel  ends every sleep, and is borrowed for as long as the table is in use; NULL:
 * nothing does
 * @return the machine's clock.
 */
clock_source clock_system(cihsm_cancel *cancel);

int64_t clock_now_us(const clock_source *of);
int64_t clock_wall_ms(const clock_source *of);

/** @return false: it was canceled, and is to be no more; true at once for 0 and less. */
CIHSM_NODISCARD bool clock_sleep_ms(const clock_source *of, int64_t milliseconds);

#endif
