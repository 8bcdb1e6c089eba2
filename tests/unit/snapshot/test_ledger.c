/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "cihsm/snapshot.h"
#include "snapshot/ledger.h"
#include "unit/snapshot/scratch.h"

#define NOW_MS INT64_C(1795000000000)
#define FILE_NAME ".cihsm-snapshot/ledger.jsonl"

static char orders[] = "Sales/flow/Orders";
static char one[] = "1.0.0";
static char two[] = "1.0.1";

static void open_at(const char *path, int64_t now_ms, bool is_full, snapshot_ledger *out)
{
    const snapshot_folder folder = {.path = (char *)(uintptr_t)path};
    assert_int_equal(snapshot_ledger_open(&folder, now_ms, is_full, out, NULL), CIHSM_OK);
}

static void note(const snapshot_ledger *ledger, char *path, char *version)
{
    const snapshot_entry entry = {.path = path, .version = version, .digest = "d1"};
    assert_int_equal(snapshot_ledger_note(ledger, &entry, NULL), CIHSM_OK);
}

static int make(void **state)
{
    const int result = scratch_make(state);
    scratch_write(*state, ".cihsm-snapshot/lock", "");
    scratch_write(*state, "Sales/flow/Orders/artifact.json", "{}");
    return result;
}

static void a_run_that_was_cut_off_goes_on(void **state)
{
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger first = {0};
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger second = {0};
    open_at(*state, NOW_MS, false, &first);
    assert_false(first.is_continued);
    note(&first, orders, one);
    note(&first, orders, two);
    open_at(*state, NOW_MS + 1000, false, &second);
    assert_true(second.is_continued);
    const snapshot_entry *found = snapshot_ledger_find(&second, orders);
    assert_non_null(found);
    assert_string_equal(found->version, two);
    assert_null(found->modified);
    assert_false(found->is_before);
    assert_null(snapshot_ledger_find(&second, "Sales/flow/Other"));
}

static void expect_new(const char *path, int64_t now_ms, bool is_known)
{
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger ledger = {0};
    open_at(path, now_ms, false, &ledger);
    assert_false(ledger.is_continued);
    const snapshot_entry *found = snapshot_ledger_find(&ledger, orders);
    assert_int_equal(found != NULL, is_known);
    assert_true(found == NULL || found->is_before);
}

static void a_run_that_came_to_its_end_is_only_remembered(void **state)
{
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger first = {0};
    open_at(*state, NOW_MS, false, &first);
    note(&first, orders, one);
    assert_int_equal(snapshot_ledger_end(&first, NULL), CIHSM_OK);
    expect_new(*state, NOW_MS + 1000, true);
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger after = {0};
    open_at(*state, NOW_MS + 2000, false, &after); /* goes on with the one of expect_new */
    assert_true(after.is_continued);
    assert_true(snapshot_ledger_find(&after, orders)->is_before);
}

static void a_run_of_long_ago_or_of_the_future_does_not_go_on(void **state)
{
    static const int64_t APART_MS[] = {(int64_t)CIHSM_SNAPSHOT_RESUME_S * 1000, -1};
    for (size_t i = 0; i < sizeof APART_MS / sizeof *APART_MS; i++) {
        CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger first = {0};
        open_at(*state, NOW_MS, true, &first);
        note(&first, orders, one);
        expect_new(*state, NOW_MS + APART_MS[i], true);
    }
}

static void a_full_run_knows_nothing(void **state)
{
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger first = {0};
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger second = {0};
    open_at(*state, NOW_MS, false, &first);
    note(&first, orders, one);
    open_at(*state, NOW_MS + 1, true, &second);
    assert_false(second.is_continued);
    assert_null(snapshot_ledger_find(&second, orders));
}

static void what_cannot_be_read_is_not_there(void **state)
{
    static const char *const TEXTS[] = {
        "",
        "{",
        "\n\n[]\n1\n",
        "{\"path\":\"Sales/flow/Orders\"}\n",
        "{\"path\":\"Sales/flow/Orders\",\"digest\":\"d\"}" /* cut off */,
        "{\"path\":7,\"digest\":\"d\"}\n",
        "{\"begun_ms\":\"x\",\"complete\":1}\n"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        scratch_write(*state, FILE_NAME, TEXTS[i]);
        expect_new(*state, NOW_MS, false);
    }
}

static void a_line_that_was_cut_off_spoils_no_other(void **state)
{
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger first = {0};
    CIHSM_AUTO(snapshot_ledger_free) snapshot_ledger second = {0};
    scratch_write(*state, FILE_NAME, "{\"version\":1,\"begun_ms\":1795000000000}\n{\"path\":\"Sal");
    open_at(*state, NOW_MS + 1, false, &first);
    assert_true(first.is_continued);
    note(&first, orders, one);
    open_at(*state, NOW_MS + 2, false, &second);
    assert_non_null(snapshot_ledger_find(&second, orders));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_that_was_cut_off_goes_on, make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_run_that_came_to_its_end_is_only_remembered, make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(a_run_of_long_ago_or_of_the_future_does_not_go_on, make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(a_full_run_knows_nothing, make, scratch_remove),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_not_there, make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_line_that_was_cut_off_spoils_no_other, make,
                                        scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
