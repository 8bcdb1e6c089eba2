/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter - what this process holds of the system.
 */
#ifndef SOAK_METER_H
#define SOAK_METER_H

/** Start with {0}. */
typedef struct meter_reading {
    long rss_kib;     /**< resident memory */
    long heap_kib;    /**< allocated and not freed, by the C library's own count */
    long descriptors; /**< open, without the one that counts them */
    long threads;
} meter_reading;

/** Reads /proc/self; ends the program if it is not there. */
meter_reading meter_read(void);

/** Raises what is higher in @p reading. */
void meter_keep_most(meter_reading *most, const meter_reading *reading);

#endif
