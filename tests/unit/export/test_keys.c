/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"
#include "export/keys.h"

static export_key key_of(uint64_t number)
{
    return (export_key){(number * 0x9e3779b97f4a7c15u) | 1, number};
}

static bool add(export_keys *keys, uint64_t number)
{
    bool is_new = false;
    assert_int_equal(export_keys_add(keys, key_of(number), &is_new, NULL), CIHSM_OK);
    return is_new;
}

static void each_key_is_new_once(void **state)
{
    (void)state;
    export_keys keys = {0};
    for (uint64_t i = 0; i < 20000; i++) {
        assert_true(add(&keys, i));
    }
    for (uint64_t i = 0; i < 20000; i++) {
        assert_false(add(&keys, i));
    }
    export_keys_free(&keys);
    assert_true(add(&keys, 1));
    export_keys_free(&keys);
}

static void memory_is_bounded_and_the_last_keys_are_kept(void **state)
{
    (void)state;
    export_keys keys = {0};
    const uint64_t count = EXPORT_KEYS_MIN * 3 + 100;
    for (uint64_t i = 0; i < count; i++) {
        assert_true(add(&keys, i));
        if (i % 1000 == 999 && i >= EXPORT_KEYS_MIN) {
            assert_false(add(&keys, i - EXPORT_KEYS_MIN + 1));
        }
    }
    assert_true(keys.young.size <= EXPORT_KEYS_MIN * 2);
    assert_true(keys.old.size <= EXPORT_KEYS_MIN * 2);
    export_keys_free(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_is_new_once),
        cmocka_unit_test(memory_is_bounded_and_the_last_keys_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
