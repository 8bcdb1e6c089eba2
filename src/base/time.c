/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/time.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define DAY_MS 86400000LL
#define SPAN_DIGITS_MAX 12
#define SPAN_MS_MAX (DAY_MS * 3660000)

/* Days since 1970-01-01 of the proleptic Gregorian calendar. A year begins in March here, so that
 * the leap day is its last; an era has 400 years. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    const int64_t march_year = month <= 2 ? year - 1 : year;
    const int64_t era = march_year / 400;
    const int64_t year_of_era = march_year % 400;
    const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const int64_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : DAYS[month - 1];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly so many digits and moves on. */
static bool take_digits(const char **at, size_t count, int64_t *out)
{
    int64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit((*at)[i])) {
            return false;
        }
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *out = number;
    return true;
}

static bool take(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

/* 2026-03-01 */
static bool take_day(const char **at, int64_t *ms)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    if (!take_digits(at, 4, &year) || !take(at, '-') || !take_digits(at, 2, &month) ||
        !take(at, '-') || !take_digits(at, 2, &day)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month)) {
        return false;
    }
    *ms = days_of_date(year, month, day) * DAY_MS;
    return true;
}

/* .250: one to three digits */
static bool take_fraction(const char **at, int64_t *ms)
{
    int64_t scale = 100;
    if (!is_digit(**at)) {
        return false;
    }
    for (; is_digit(**at); (*at)++, scale /= 10) {
        *ms += (**at - '0') * scale;
        if (scale == 0) {
            return false;
        }
    }
    return true;
}

/* 14:30, 14:30:05 or 14:30:05.250 */
static bool take_clock(const char **at, int64_t *ms)
{
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    int64_t fraction = 0;
    if (!take_digits(at, 2, &hours) || !take(at, ':') || !take_digits(at, 2, &minutes)) {
        return false;
    }
    if (take(at, ':') &&
        (!take_digits(at, 2, &seconds) || (take(at, '.') && !take_fraction(at, &fraction)))) {
        return false;
    }
    *ms += ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
    return hours < 24 && minutes < 60 && seconds < 60;
}

/* Z, +01:00, +0100 or +01; nothing is UTC */
static bool take_zone(const char **at, int64_t *ms)
{
    if (**at == '\0' || take(at, 'Z') || take(at, 'z')) {
        return true;
    }
    const bool is_east = **at == '+';
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!(take(at, '+') || take(at, '-')) || !take_digits(at, 2, &hours)) {
        return false;
    }
    if ((take(at, ':') || **at != '\0') && !take_digits(at, 2, &minutes)) {
        return false;
    }
    const int64_t offset = (hours * 60 + minutes) * 60000;
    *ms += is_east ? -offset : offset;
    return hours < 24 && minutes < 60;
}

static bool read_date(const char *text, int64_t *ms)
{
    const char *at = text;
    if (!take_day(&at, ms)) {
        return false;
    }
    if ((take(&at, 'T') || take(&at, 't') || take(&at, ' ')) &&
        (!take_clock(&at, ms) || !take_zone(&at, ms))) {
        return false;
    }
    return *at == '\0';
}

/* "2h" in milliseconds; zero too. */
static bool read_span(const char *text, int64_t *ms)
{
    static const struct {
        char letter;
        int64_t ms;
    } UNITS[] = {
        {'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', DAY_MS}, {'w', 7 * DAY_MS},
    };
    const size_t digits = strspn(text, "0123456789");
    int64_t count = 0;
    if (digits == 0 || digits > SPAN_DIGITS_MAX || !take_digits(&text, digits, &count)) {
        return false;
    }
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        if (text[0] == UNITS[i].letter && text[1] == '\0') {
            *ms = count > SPAN_MS_MAX / UNITS[i].ms ? SPAN_MS_MAX + 1 : count * UNITS[i].ms;
            return *ms <= SPAN_MS_MAX;
        }
    }
    return false;
}

static cihsm_status refuse(const char *text, const char *wanted, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.40s\" is no %s", text, wanted);
}

static cihsm_status check_range(const char *text, int64_t ms, cihsm_error *err)
{
    if (ms < CIHSM_TIME_MIN || ms > CIHSM_TIME_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.40s\" is not in the years 1753 to 9999",
                                text);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_time_read_date(const char *text, int64_t *out_ms, cihsm_error *err)
{
    cihsm_error_clear(err);
    int64_t ms = 0;
    if (!read_date(text, &ms)) {
        return refuse(text,
                      "time: write 2026-03-01, 2026-03-01T14:30 or 2026-03-01T14:30:05.250, "
                      "in UTC or with an offset (+01:00)",
                      err);
    }
    CIHSM_TRY(check_range(text, ms, err));
    *out_ms = ms;
    return CIHSM_OK;
}

cihsm_status cihsm_time_read(const char *text, int64_t now_ms, int64_t *out_ms, cihsm_error *err)
{
    cihsm_error_clear(err);
    int64_t ago = 0;
    int64_t ms = 0;
    if (strcmp(text, "now") == 0 || read_span(text, &ago)) {
        ms = now_ms - ago;
    } else if (!read_date(text, &ms)) {
        return refuse(text,
                      "time: write 2026-03-01, 2026-03-01T14:30 (UTC) or with an offset "
                      "(+01:00), now, or how long ago (90s, 30m, 2h, 7d, 4w)",
                      err);
    }
    CIHSM_TRY(check_range(text, ms, err));
    *out_ms = ms;
    return CIHSM_OK;
}

cihsm_status cihsm_span_read(const char *text, int64_t *out_ms, cihsm_error *err)
{
    cihsm_error_clear(err);
    int64_t ms = 0;
    if (!read_span(text, &ms) || ms == 0) {
        return refuse(text, "span of time: write 90s, 30m, 2h, 7d or 4w", err);
    }
    *out_ms = ms;
    return CIHSM_OK;
}

/* The date of a day count; the reverse of days_of_date. */
static void date_of_days(int64_t days, int *year, int *month, int *day)
{
    const int64_t shifted = days + 719468;
    const int64_t era = shifted / 146097;
    const int64_t day_of_era = shifted % 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(era * 400 + year_of_era + (*month <= 2 ? 1 : 0));
}

void cihsm_time_write(int64_t ms, char out[CIHSM_TIME_SIZE])
{
    ms = ms < CIHSM_TIME_MIN ? CIHSM_TIME_MIN : ms;
    ms = ms > CIHSM_TIME_MAX ? CIHSM_TIME_MAX : ms;
    const int64_t in_day = ((ms % DAY_MS) + DAY_MS) % DAY_MS; /* before 1970 too */
    int year = 0;
    int month = 0;
    int day = 0;
    date_of_days((ms - in_day) / DAY_MS, &year, &month, &day);
    const int seconds = (int)(in_day / 1000);
    char text[96]; /* gcc does not know how small the numbers are */
    int len = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                       seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (in_day % 1000 != 0) {
        len += snprintf(text + len, sizeof text - (size_t)len, ".%03d", (int)(in_day % 1000));
    }
    memcpy(out, text, (size_t)len + 1);
}
