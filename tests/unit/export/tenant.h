/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant - a transport that is a tenant with one set of logs: windows of LogEnd, $orderby, pages
 * with links that are offsets, $count; and what can go wrong. Time passes when it is waited for.
 */
#ifndef TENANT_H
#define TENANT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "http/transport.h"

#define TENANT_LOGS 4000
#define TENANT_FLIGHTS 16
#define TENANT_ROOT "https://tenant.invalid/api/v1/"

typedef struct tenant_log {
    int id;
    int64_t at_s;
    bool is_gone; /* moved out of every window */
} tenant_log;

typedef struct tenant_flight {
    http_exchange *exchange;
    char url[1024];
} tenant_flight;

typedef struct tenant {
    tenant_log logs[TENANT_LOGS]; /* in any order */
    int count;
    int page; /* entries of one */
    bool is_unordered;
    bool ignores_filter;
    bool repeats_link;
    int moves_every; /* each n-th page of a link, an entry read before leaves; 0: never */
    int moves_max;   /* so often; 0: always */
    int moves;
    int cut_every;    /* each n-th answer is cut after its head; 0: never */
    int refuse_after; /* answers; then 403; 0: never */
    const char *body; /* says this instead; NULL: what it has */
    const char *type; /* with this type */
    int answers;
    int pages;
    int links;
    int counts;
    unsigned in_flight_max;
    tenant_flight flights[TENANT_FLIGHTS];
    int64_t now_us;
    int64_t wall_off_us; /* the time of day is so much ahead */
    atomic_bool is_woken;
} tenant;

/** Logs with ids from 0 on, one every @p step_s seconds from @p from_s on, shuffled. */
void tenant_fill(tenant *of, int count, int64_t from_s, int64_t step_s);

http_transport tenant_transport(tenant *of);
clock_source tenant_clock(tenant *of);

#endif
