/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cihsm/scope.h"

static void *cancel_soon(void *user)
{
    const struct timespec span = {.tv_nsec = 2000000};
    nanosleep(&span, NULL);
    cihsm_cancel_request(user);
    cihsm_cancel_request(user);
    return NULL;
}

static void sleeps_at_least_as_long_as_asked(void **state)
{
    (void)state;
    const clock_source machine = clock_system(NULL);
    const int64_t before_us = clock_now_us(&machine);
    assert_true(clock_sleep_ms(&machine, 5));
    assert_true(clock_now_us(&machine) - before_us >= 5000);
}

static void nothing_to_sleep_is_no_sleep(void **state)
{
    (void)state;
    const clock_source no_sleep = {.sleep_ms = NULL}; /* a call would crash */
    assert_true(clock_sleep_ms(&no_sleep, 0));
    assert_true(clock_sleep_ms(&no_sleep, -1));
}

static void a_cancel_ends_a_sleep_and_all_after_it(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_cancel_free) cihsm_cancel *cancel = NULL;
    assert_int_equal(cihsm_cancel_new(&cancel, NULL), CIHSM_OK);
    const clock_source machine = clock_system(cancel);
    assert_true(clock_sleep_ms(&machine, 1));
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, cancel_soon, cancel), 0);
    const int64_t before_us = clock_now_us(&machine);
    assert_false(clock_sleep_ms(&machine, 600 * 1000));
    assert_false(clock_sleep_ms(&machine, 600 * 1000));
    assert_true(clock_now_us(&machine) - before_us < INT64_C(300) * 1000 * 1000);
    pthread_join(other, NULL);
}

static void knows_the_time_of_day(void **state)
{
    (void)state;
    const clock_source machine = clock_system(NULL);
    const int64_t from_ms = (int64_t)time(NULL) * 1000 - 2000; /* time() may lag behind */
    const int64_t wall_ms = clock_wall_ms(&machine);
    assert_in_range(wall_ms, from_ms, (int64_t)time(NULL) * 1000 + 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleeps_at_least_as_long_as_asked),
        cmocka_unit_test(nothing_to_sleep_is_no_sleep),
        cmocka_unit_test(a_cancel_ends_a_sleep_and_all_after_it),
        cmocka_unit_test(knows_the_time_of_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
