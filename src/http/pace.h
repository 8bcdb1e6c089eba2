/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/pace - a token bucket for each group of requests that a server counts together. No clock:
 * the caller says what time it is. Plain data; start with {0}.
 */
#ifndef HTTP_PACE_H
#define HTTP_PACE_H

#include <stdint.h>

#define HTTP_PACE_GROUPS 16

/** Which group a request belongs to, and how many a second that group may have. */
typedef struct http_rate {
    unsigned group;    /**< below HTTP_PACE_GROUPS */
    double per_second; /**< 0: no limit is known */
} http_rate;

typedef struct http_pace {
    int64_t full_us[HTTP_PACE_GROUPS]; /**< when the bucket of a group is full again */
} http_pace;

/**
 * @return microseconds until a request may start; 0: now. A bucket holds a quarter of a second's
 *         requests, at least one, so that no second sees more than 5/4 of the rate.
 */
int64_t http_pace_delay_us(const http_pace *pace, const http_rate *rate, int64_t now_us);

/** Counts a request that starts. */
void http_pace_take(http_pace *pace, const http_rate *rate, int64_t now_us);

#endif
