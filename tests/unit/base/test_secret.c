/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/secret.h"

static void keeps_bytes_with_a_nul_behind(void **state)
{
    (void)state;
    cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_secret_new("a\0b", 3, &secret, NULL), CIHSM_OK);
    assert_int_equal(cihsm_secret_len(secret), 3);
    assert_memory_equal(cihsm_secret_bytes(secret), "a\0b\0", 4);
    cihsm_secret_free(&secret);
    assert_null(secret);
    cihsm_secret_free(&secret);
}

static void empty_is_not_absent(void **state)
{
    (void)state;
    cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_secret_new("", 0, &secret, NULL), CIHSM_OK);
    assert_non_null(secret);
    assert_int_equal(cihsm_secret_len(secret), 0);
    cihsm_secret_free(&secret);
}

static void refuses_too_long_ones(void **state)
{
    (void)state;
    static const char LONG[CIHSM_SECRET_MAX + 1];
    cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_secret_new(LONG, sizeof LONG, &secret, NULL), CIHSM_E_LIMIT);
    assert_null(secret);
    assert_int_equal(cihsm_secret_new(LONG, CIHSM_SECRET_MAX, &secret, NULL), CIHSM_OK);
    cihsm_secret_free(&secret);
}

static void is_read_from_a_variable_which_is_overwritten(void **state)
{
    (void)state;
    static char long_one[CIHSM_SECRET_MAX + 2];
    cihsm_secret *secret = NULL;
    cihsm_error err = {0};
    memset(long_one, 'x', CIHSM_SECRET_MAX);
    assert_int_equal(setenv("TEST_SECRET", long_one, 1), 0);
    assert_int_equal(cihsm_secret_read("env:TEST_SECRET", "password", &secret, &err), CIHSM_OK);
    assert_int_equal(cihsm_secret_len(secret), CIHSM_SECRET_MAX);
    assert_string_equal(getenv("TEST_SECRET"), "");
    cihsm_secret_free(&secret);

    memset(long_one, 'x', CIHSM_SECRET_MAX + 1);
    assert_int_equal(setenv("TEST_SECRET", long_one, 1), 0);
    assert_int_equal(cihsm_secret_read("env:TEST_SECRET", "password", &secret, &err),
                     CIHSM_E_CONFIG);
    assert_string_equal(err.message, "the password in env:TEST_SECRET is longer than 8192 bytes");
    assert_int_equal(cihsm_secret_read("s3cret", "password", &secret, &err), CIHSM_E_USAGE);
    assert_null(strstr(err.message, "s3cret"));
    assert_null(secret);
}

/* "dd" in VmFlags is VM_DONTDUMP (proc_pid_smaps(5)). */
static void is_kept_out_of_core_dumps(void **state)
{
    (void)state;
    cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_secret_new("x", 1, &secret, NULL), CIHSM_OK);
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    char line[512];
    const unsigned long address = (unsigned long)(uintptr_t)secret;
    int inside = 0;
    int excluded = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long start = 0;
        unsigned long end = 0;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            inside = start <= address && address < end;
        }
        if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            excluded = strstr(line, " dd") != NULL;
            break;
        }
    }
    fclose(maps);
    assert_true(excluded);
    cihsm_secret_free(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_bytes_with_a_nul_behind),
        cmocka_unit_test(empty_is_not_absent),
        cmocka_unit_test(refuses_too_long_ones),
        cmocka_unit_test(is_read_from_a_variable_which_is_overwritten),
        cmocka_unit_test(is_kept_out_of_core_dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
