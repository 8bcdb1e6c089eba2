/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pace.h"

#include <stdbool.h>

static bool is_limited(const http_rate *rate)
{
    return rate->per_second > 0 && rate->group < HTTP_PACE_GROUPS;
}

static int64_t interval_us(const http_rate *rate)
{
    return (int64_t)(1e6 / rate->per_second);
}

static int64_t burst(const http_rate *rate)
{
    const double quarter = rate->per_second / 4;
    return quarter < 1 ? 1 : (int64_t)quarter;
}

int64_t http_pace_delay_us(const http_pace *pace, const http_rate *rate, int64_t now_us)
{
    if (!is_limited(rate)) {
        return 0;
    }
    const int64_t spare_us = (burst(rate) - 1) * interval_us(rate);
    const int64_t delay_us = pace->full_us[rate->group] - spare_us - now_us;
    return delay_us > 0 ? delay_us : 0;
}

void http_pace_take(http_pace *pace, const http_rate *rate, int64_t now_us)
{
    if (!is_limited(rate)) {
        return;
    }
    int64_t *full_us = &pace->full_us[rate->group];
    *full_us = (*full_us > now_us ? *full_us : now_us) + interval_us(rate);
}
