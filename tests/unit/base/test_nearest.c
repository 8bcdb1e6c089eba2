/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"

static const char *const NAMES[] = {"get", "message", NULL, "profile", "confirm-profile", "cert"};
enum { NAME_COUNT = sizeof NAMES / sizeof *NAMES };

static void finds_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *wanted;
        const char *first; /* NULL: nothing is like it */
        size_t count;
    } CASES[] = {
        {"mesage", "message", 1},   {"messages", "message", 1},
        {"MESSAGE", "message", 1},  {"emssage", "message", 1},
        {"gte", "get", 1},          {"prof", "profile", 2},
        {"certificate", "cert", 1}, {"massage", "message", 1},
        {"profiel", "profile", 1},  {"confirmprofile", "confirm-profile", 2},
        {"tge", NULL, 0},           {"xy", NULL, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *names[CIHSM_NEAREST_MAX] = {0};
        const size_t count = cihsm_nearest(NAMES, NAME_COUNT, CASES[i].wanted, names);
        assert_int_equal(count, CASES[i].count);
        if (CASES[i].first != NULL) {
            assert_string_equal(names[0], CASES[i].first);
        }
    }
}

static void of_many_the_nearest_three_are_kept(void **state)
{
    (void)state;
    static const char *const MANY[] = {"abcdefgh-4", "abcdefgh", "abcdefghi", "abcdefgh-22", "abc"};
    const char *names[CIHSM_NEAREST_MAX] = {0};
    assert_int_equal(cihsm_nearest(MANY, 5, "abcdefgh", names), CIHSM_NEAREST_MAX);
    assert_string_equal(names[0], "abcdefgh");
    assert_string_equal(names[1], "abcdefghi");
    assert_string_equal(names[2], "abcdefgh-4");
}

static void long_words_end(void **state)
{
    (void)state;
    char wanted[300];
    memset(wanted, 'm', sizeof wanted - 1);
    wanted[sizeof wanted - 1] = '\0';
    const char *names[CIHSM_NEAREST_MAX] = {0};
    assert_int_equal(cihsm_nearest(NAMES, NAME_COUNT, wanted, names), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_meant),
        cmocka_unit_test(of_many_the_nearest_three_are_kept),
        cmocka_unit_test(long_words_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
