/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/pace.h"

#define SECOND_US 1000000
#define STARTS_MAX 1000

/* Starts requests as soon as they may, for so many seconds; tells when each started. */
static size_t run(http_pace *pace, const http_rate *rate, int64_t from_us, int seconds,
                  int64_t starts_us[STARTS_MAX])
{
    size_t count = 0;
    int64_t now_us = from_us;
    while (now_us < from_us + (int64_t)seconds * SECOND_US && count < STARTS_MAX) {
        const int64_t delay_us = http_pace_delay_us(pace, rate, now_us);
        if (delay_us > 0) {
            now_us += delay_us;
            continue;
        }
        http_pace_take(pace, rate, now_us);
        starts_us[count++] = now_us;
    }
    return count;
}

/* The highest number of starts within any second. */
static size_t densest(const int64_t *starts_us, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = i;
        while (j < count && starts_us[j] - starts_us[i] < SECOND_US) {
            j++;
        }
        most = j - i > most ? j - i : most;
    }
    return most;
}

/* With four fifths of a figure, no second sees more than the figure. */
static void no_second_sees_more_than_the_figure(void **state)
{
    (void)state;
    static const unsigned FIGURES[] = {5, 10, 25, 50, 100};
    for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++) {
        http_pace pace = {0};
        const http_rate rate = {.group = 3, .per_second = 0.8 * FIGURES[i]};
        int64_t starts_us[STARTS_MAX];
        const size_t count = run(&pace, &rate, 7 * SECOND_US, 5, starts_us);
        assert_true(densest(starts_us, count) <= FIGURES[i]);
        assert_in_range(count, 4 * FIGURES[i], 4 * FIGURES[i] + FIGURES[i] / 5 + 1);
    }
}

static void a_few_may_start_at_once_after_a_rest(void **state)
{
    (void)state;
    http_pace pace = {0};
    const http_rate rate = {.per_second = 8};
    for (int64_t rest_s = 1; rest_s < 100; rest_s += 33) { /* a long rest saves nothing more */
        const int64_t now_us = rest_s * 100 * SECOND_US;
        assert_int_equal(http_pace_delay_us(&pace, &rate, now_us), 0);
        http_pace_take(&pace, &rate, now_us);
        assert_int_equal(http_pace_delay_us(&pace, &rate, now_us), 0);
        http_pace_take(&pace, &rate, now_us);
        assert_int_equal(http_pace_delay_us(&pace, &rate, now_us), SECOND_US / 8);
    }
}

static void groups_do_not_disturb_each_other(void **state)
{
    (void)state;
    http_pace pace = {0};
    const http_rate slow = {.group = 0, .per_second = 1};
    const http_rate other = {.group = HTTP_PACE_GROUPS - 1, .per_second = 1};
    http_pace_take(&pace, &slow, 0);
    assert_int_equal(http_pace_delay_us(&pace, &slow, 0), SECOND_US);
    assert_int_equal(http_pace_delay_us(&pace, &other, 0), 0);
}

static void without_a_rate_there_is_no_wait(void **state)
{
    (void)state;
    http_pace pace = {0};
    const http_rate none = {0};
    const http_rate beyond = {.group = HTTP_PACE_GROUPS, .per_second = 1};
    for (int i = 0; i < 1000; i++) {
        http_pace_take(&pace, &none, 0);
        http_pace_take(&pace, &beyond, 0);
    }
    assert_int_equal(http_pace_delay_us(&pace, &none, 0), 0);
    assert_int_equal(http_pace_delay_us(&pace, &beyond, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_second_sees_more_than_the_figure),
        cmocka_unit_test(a_few_may_start_at_once_after_a_rest),
        cmocka_unit_test(groups_do_not_disturb_each_other),
        cmocka_unit_test(without_a_rate_there_is_no_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
