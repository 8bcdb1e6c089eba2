/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cihsm/time.h"

#define NOW 1772375400250LL /* 2026-03-01T14:30:00.250Z */
#define HOUR 3600000LL
#define DAY (24 * HOUR)

typedef struct time_row {
    const char *text;
    int64_t ms;
} time_row;

static const time_row READ[] = {
    {"1970-01-01", 0},
    {"1970-01-01T00:00", 0},
    {"1970-01-01T00:00:00.001", 1},
    {"1969-12-31T23:59:59.999", -1},
    {"2026-03-01", 1772323200000},
    {"2026-03-01T14:30", 1772375400000},
    {"2026-03-01t14:30z", 1772375400000},
    {"2026-03-01 14:30", 1772375400000},
    {"2026-03-01T14:30:00.25", NOW},
    {"2026-03-01T14:30:00.250Z", NOW},
    {"2026-03-01T15:30+01:00", 1772375400000},
    {"2026-03-01T15:30+0100", 1772375400000},
    {"2026-03-01T15:30+01", 1772375400000},
    {"2026-03-01T09:00:00.250-05:30", NOW},
    {"2026-03-01T00:30+01:00", 1772323200000 - HOUR / 2},
    {"2000-02-29", 951782400000},
    {"2024-02-29T23:59:59", 1709251199000},
    {"2038-01-19T03:14:08", 2147483648000}, /* one second more than 32 bits hold */
    {"1901-12-13T20:45:51", -2147483649000},
    {"2106-02-07T06:28:16", 4294967296000},
    {"1753-01-01", CIHSM_TIME_MIN},
    {"1752-12-31T23:30-00:30", CIHSM_TIME_MIN},
    {"9999-12-31T23:59:59.999", CIHSM_TIME_MAX},
    {"now", NOW},
    {"0s", NOW},
    {"90s", NOW - 90000},
    {"30m", NOW - HOUR / 2},
    {"2h", NOW - 2 * HOUR},
    {"7d", NOW - 7 * DAY},
    {"4w", NOW - 28 * DAY},
    {"0002h", NOW - 2 * HOUR},
};

static void reads_moments(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof READ / sizeof *READ; i++) {
        int64_t ms = 1;
        cihsm_error err = {0};
        if (cihsm_time_read(READ[i].text, NOW, &ms, &err) != CIHSM_OK || ms != READ[i].ms) {
            fail_msg("%s: %lld %s", READ[i].text, (long long)ms, err.message);
        }
    }
}

static const char *const JUNK[] = {
    "",
    " ",
    "yesterday",
    "Now",
    "now ",
    "2h ",
    " 2h",
    "-2h",
    "+2h",
    "2",
    "h",
    "2H",
    "2hours",
    "1.5h",
    "2y",
    "9999999999999h",
    "999999999999w",
    "2026",
    "2026-03",
    "2026-3-1",
    "26-03-01",
    "02026-03-01",
    "2026/03/01",
    "20260301",
    "2026-00-01",
    "2026-13-01",
    "2026-03-00",
    "2026-03-32",
    "2026-04-31",
    "2025-02-29",
    "1900-02-29",
    "2100-02-29",
    "2026-03-01T",
    "2026-03-01T14",
    "2026-03-01T1430",
    "2026-03-01T24:00",
    "2026-03-01T23:60",
    "2026-03-01T23:59:60",
    "2026-03-01T14:30:",
    "2026-03-01T14:30:00.",
    "2026-03-01T14:30:00.1234",
    "2026-03-01T14:30:00,5",
    "2026-03-01Z",
    "2026-03-01+01:00",
    "2026-03-01T14:30ZZ",
    "2026-03-01T14:30 Z",
    "2026-03-01T14:30+1",
    "2026-03-01T14:30+24:00",
    "2026-03-01T14:30+01:60",
    "2026-03-01T14:30+01:",
    "2026-03-01T14:30+",
    "2026-03-01T14:30 UTC",
    "2026-03-01T-1:30",
    "datetime'2026-03-01T14:30:00'",
    "/Date(0)/",
    "0x10-03-01",
    "\xd9\xa2\xd9\xa0-03-01",
};

static void refuses_junk(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof JUNK / sizeof *JUNK; i++) {
        int64_t ms = 7;
        cihsm_error err = {0};
        if (cihsm_time_read(JUNK[i], NOW, &ms, &err) != CIHSM_E_USAGE || ms != 7) {
            fail_msg("%s was read as %lld", JUNK[i], (long long)ms);
        }
        assert_non_null(strstr(err.message, "2026-03-01"));
    }
}

static void refuses_years_that_no_datetime_has(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "0000-01-01",
        "0001-01-01",
        "1752-12-31T23:59:59.999",
        "3000000000s",
        "9999-12-31T23:59-01:00",
        "1753-01-01T00:00+00:01",
        "3660000d",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        int64_t ms = 7;
        cihsm_error err = {0};
        const int64_t now = strchr(TEXTS[i], 's') == NULL ? NOW : CIHSM_TIME_MIN + 1;
        assert_int_equal(cihsm_time_read(TEXTS[i], now, &ms, &err), CIHSM_E_USAGE);
        assert_non_null(strstr(err.message, "years 1753 to 9999"));
    }
}

static void reads_dates_only_where_a_date_is_meant(void **state)
{
    (void)state;
    int64_t ms = 7;
    cihsm_error err = {0};
    assert_int_equal(cihsm_time_read_date("2026-03-01", &ms, &err), CIHSM_OK);
    assert_int_equal(ms, 1772323200000);
    assert_int_equal(cihsm_time_read_date("now", &ms, &err), CIHSM_E_USAGE);
    assert_int_equal(cihsm_time_read_date("2h", &ms, &err), CIHSM_E_USAGE);
    assert_null(strstr(err.message, "ago"));
}

static void reads_spans(void **state)
{
    (void)state;
    static const time_row ROWS[] = {
        {"1s", 1000}, {"90m", 90 * 60000}, {"24h", DAY}, {"365d", 365 * DAY}, {"1w", 7 * DAY}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t ms = 0;
        assert_int_equal(cihsm_span_read(ROWS[i].text, &ms, NULL), CIHSM_OK);
        assert_int_equal(ms, ROWS[i].ms);
    }
    static const char *const WRONG[] = {"",           "0s",           "-1h", "now",
                                        "2026-03-01", "99999999999w", "1h "};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        int64_t ms = 7;
        assert_int_equal(cihsm_span_read(WRONG[i], &ms, NULL), CIHSM_E_USAGE);
        assert_int_equal(ms, 7);
    }
}

/* The C library's calendar is another one. */
static void writes_what_the_c_library_writes(void **state)
{
    (void)state;
    const int64_t step = 97 * DAY + 5 * HOUR + 61007;
    for (int64_t ms = CIHSM_TIME_MIN; ms < CIHSM_TIME_MAX; ms += step) {
        char written[CIHSM_TIME_SIZE];
        cihsm_time_write(ms, written);
        const int64_t rest = ((ms % 1000) + 1000) % 1000;
        const time_t seconds = (time_t)((ms - rest) / 1000);
        struct tm utc;
        char expected[40];
        assert_non_null(gmtime_r(&seconds, &utc));
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &utc);
        assert_memory_equal(written, expected, strlen(expected));
        int64_t back = 0;
        assert_int_equal(cihsm_time_read(written, 0, &back, NULL), CIHSM_OK);
        assert_int_equal(back, ms);
    }
}

static void writes_milliseconds_only_where_there_are_some(void **state)
{
    (void)state;
    static const time_row ROWS[] = {
        {"2026-03-01T14:30:00.250", NOW},   {"2026-03-01T14:30:00", NOW - 250},
        {"1969-12-31T23:59:59.999", -1},    {"1753-01-01T00:00:00", CIHSM_TIME_MIN},
        {"1753-01-01T00:00:00", INT64_MIN}, {"9999-12-31T23:59:59.999", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char written[CIHSM_TIME_SIZE];
        cihsm_time_write(ROWS[i].ms, written);
        assert_string_equal(written, ROWS[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_moments),
        cmocka_unit_test(refuses_junk),
        cmocka_unit_test(refuses_years_that_no_datetime_has),
        cmocka_unit_test(reads_dates_only_where_a_date_is_meant),
        cmocka_unit_test(reads_spans),
        cmocka_unit_test(writes_what_the_c_library_writes),
        cmocka_unit_test(writes_milliseconds_only_where_there_are_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
