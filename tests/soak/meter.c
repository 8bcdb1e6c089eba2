/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        abort();
    }
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static long entries_in(const char *folder)
{
    DIR *opened = opendir(folder);
    if (opened == NULL) {
        abort();
    }
    long count = -2; /* "." and ".." */
    while (readdir(opened) != NULL) {
        count++;
    }
    closedir(opened);
    return count;
}

meter_reading meter_read(void)
{
    const struct mallinfo2 heap = mallinfo2();
    return (meter_reading){
        .rss_kib = resident_kib(),
        .heap_kib = (long)((heap.uordblks + heap.hblkhd) / 1024),
        .descriptors = entries_in("/proc/self/fd") - 1,
        .threads = entries_in("/proc/self/task"),
    };
}

static void raise_to(long *most, long value)
{
    *most = value > *most ? value : *most;
}

void meter_keep_most(meter_reading *most, const meter_reading *reading)
{
    raise_to(&most->rss_kib, reading->rss_kib);
    raise_to(&most->heap_kib, reading->heap_kib);
    raise_to(&most->descriptors, reading->descriptors);
    raise_to(&most->threads, reading->threads);
}
