/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void sleeps_at_least_as_long_as_asked(void **state)
{
    (void)state;
    const clock_source machine = clock_system();
    const int64_t before_us = clock_now_us(&machine);
    clock_sleep_ms(&machine, 5);
    assert_true(clock_now_us(&machine) - before_us >= 5000);
}

static void nothing_to_sleep_is_no_sleep(void **state)
{
    (void)state;
    const clock_source no_sleep = {.sleep_ms = NULL}; /* a call would crash */
    clock_sleep_ms(&no_sleep, 0);
    clock_sleep_ms(&no_sleep, -1);
}

static void knows_the_time_of_day(void **state)
{
    (void)state;
    const clock_source machine = clock_system();
    const int64_t from_ms = (int64_t)time(NULL) * 1000 - 2000; /* time() may lag behind */
    const int64_t wall_ms = clock_wall_ms(&machine);
    assert_in_range(wall_ms, from_ms, (int64_t)time(NULL) * 1000 + 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleeps_at_least_as_long_as_asked),
        cmocka_unit_test(nothing_to_sleep_is_no_sleep),
        cmocka_unit_test(knows_the_time_of_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
