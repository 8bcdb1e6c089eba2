/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/name.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void expect(const char *id, const char *text)
{
    snapshot_name name = {.id = id};
    snapshot_name *all[] = {&name};
    assert_int_equal(snapshot_name_all(all, 1, NULL), CIHSM_OK);
    assert_string_equal(name.text, text);
}

static void plain_ids_stay(void **state)
{
    (void)state;
    expect("Order_Express", "Order_Express");
    expect("com.example.Orders-2 b", "com.example.Orders-2 b");
}

static void what_is_no_name_is_encoded(void **state)
{
    (void)state;
    expect("a/b", "a%2Fb");
    expect("..", "%2E%2E");
    expect(".git", "%2Egit");
    expect("-rf", "%2Drf");
    expect(" a ", "%20a%20");
    expect("a.", "a%2E");
    expect("100%", "100%25");
    expect("a~1", "a%7E1");
    expect("a\nb", "a%0Ab");
    expect("\xc3\xa4", "%C3%A4");
}

static void reserved_names_get_a_hash(void **state)
{
    (void)state;
    static const char *const RESERVED[] = {"con", "Aux.txt", "LPT1", "snapshot.json"};
    for (size_t i = 0; i < COUNT(RESERVED); i++) {
        snapshot_name name = {.id = RESERVED[i]};
        snapshot_name *all[] = {&name};
        assert_int_equal(snapshot_name_all(all, 1, NULL), CIHSM_OK);
        assert_int_equal(strlen(name.text), strlen(RESERVED[i]) + 9);
        assert_int_equal(name.text[strlen(RESERVED[i])], '~');
    }
    expect("console", "console");
}

static void names_that_differ_in_case_only_get_hashes_whatever_the_order(void **state)
{
    (void)state;
    snapshot_name first[] = {{.id = "orders"}, {.id = "Other"}, {.id = "Orders"}};
    snapshot_name second[] = {{.id = "Orders"}, {.id = "orders"}, {.id = "Other"}};
    snapshot_name *one[] = {&first[0], &first[1], &first[2]};
    snapshot_name *two[] = {&second[0], &second[1], &second[2]};
    assert_int_equal(snapshot_name_all(one, COUNT(one), NULL), CIHSM_OK);
    assert_int_equal(snapshot_name_all(two, COUNT(two), NULL), CIHSM_OK);
    assert_string_equal(first[1].text, "Other");
    assert_int_equal(strncmp(first[0].text, "orders~", 7), 0);
    assert_int_equal(strncmp(first[2].text, "Orders~", 7), 0);
    assert_string_not_equal(first[0].text + 7, first[2].text + 7);
    assert_string_equal(first[0].text, second[1].text);
    assert_string_equal(first[2].text, second[0].text);
}

static void long_ids_are_cut_and_stay_different(void **state)
{
    (void)state;
    char left[400];
    char right[400];
    memset(left, 'a', sizeof left - 1);
    left[sizeof left - 1] = '\0';
    memcpy(right, left, sizeof left);
    right[sizeof right - 2] = 'b';
    snapshot_name names[] = {{.id = left}, {.id = right}};
    snapshot_name *all[] = {&names[0], &names[1]};
    assert_int_equal(snapshot_name_all(all, COUNT(all), NULL), CIHSM_OK);
    assert_true(strlen(names[0].text) < SNAPSHOT_NAME_SIZE);
    assert_string_not_equal(names[0].text, names[1].text);
}

static void nothing_has_no_names(void **state)
{
    (void)state;
    assert_int_equal(snapshot_name_all(NULL, 0, NULL), CIHSM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_ids_stay),
        cmocka_unit_test(what_is_no_name_is_encoded),
        cmocka_unit_test(reserved_names_get_a_hash),
        cmocka_unit_test(names_that_differ_in_case_only_get_hashes_whatever_the_order),
        cmocka_unit_test(long_ids_are_cut_and_stay_different),
        cmocka_unit_test(nothing_has_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
