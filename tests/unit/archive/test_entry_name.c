/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive/entry_name.h"

static void takes_paths_below_the_folder(void **state)
{
    (void)state;
    static const char *const GOOD[] = {
        "a",     ".project", "a/",  "a/b/c", "..a", "a..", "...", "a/..b", "META-INF/MANIFEST.MF",
        "Größe", "a b",      "a:b", "-rf",
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        cihsm_error err = {0};
        assert_int_equal(entry_name_check(GOOD[i], &err), CIHSM_OK);
    }
}

static void refuses_what_leads_out(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        NULL,  "",    "/",    "/a",   "//a",  "..",    "../a", "a/..",   "a/../b", ".",
        "./a", "a/.", "a//b", "a\\b", "a\nb", "a\x7f", "\xff", "a/\xc3", "a/../",  "\x1b[2J",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        cihsm_error err = {0};
        if (entry_name_check(BAD[i], &err) != CIHSM_E_PROTOCOL) {
            fail_msg("taken: \"%s\"", BAD[i]);
        }
    }
    char longest[2000];
    memset(longest, 'a', sizeof longest);
    longest[1024] = '\0';
    assert_int_equal(entry_name_check(longest, NULL), CIHSM_OK);
    longest[1024] = 'a';
    longest[1025] = '\0';
    assert_int_equal(entry_name_check(longest, NULL), CIHSM_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_paths_below_the_folder),
        cmocka_unit_test(refuses_what_leads_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
