/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "cihsm/scope.h"

static void grows_and_stays_a_c_string(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(10000);
    assert_string_equal(buffer_text(&text), "");
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buffer_append_text(&text, "0123456789", NULL), CIHSM_OK);
    }
    assert_int_equal(text.len, 10000);
    assert_int_equal(text.data[10000], '\0');
    assert_memory_equal(text.data + 9990, "0123456789", 10);
}

static void never_passes_its_maximum(void **state)
{
    (void)state;
    cihsm_error err = {0};
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(4);
    assert_int_equal(buffer_append_text(&text, "abc", &err), CIHSM_OK);
    assert_int_equal(buffer_append_text(&text, "de", &err), CIHSM_E_LIMIT);
    assert_string_equal(buffer_text(&text), "abc");
    assert_int_equal(buffer_append(&text, "x", SIZE_MAX, NULL), CIHSM_E_LIMIT);
    assert_int_equal(buffer_append_text(&text, "d", NULL), CIHSM_OK);
}

static void clears_what_it_held(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(100);
    assert_int_equal(buffer_append_text(&text, "secret", NULL), CIHSM_OK);
    buffer_clear(&text);
    assert_int_equal(text.len, 0);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(text.data[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_a_c_string),
        cmocka_unit_test(never_passes_its_maximum),
        cmocka_unit_test(clears_what_it_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
