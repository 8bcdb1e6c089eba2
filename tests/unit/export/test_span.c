/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_all.h"
#include "export/span.h"

static void add(export_spans *done, int64_t from_s, int64_t to_s, bool overlaps)
{
    bool found = !overlaps;
    assert_int_equal(export_spans_add(done, (export_span){from_s, to_s}, &found, NULL), CIHSM_OK);
    assert_int_equal(found, overlaps);
}

static void assert_span(const export_spans *list, size_t at, int64_t from_s, int64_t to_s)
{
    assert_true(at < list->count);
    assert_int_equal(list->items[at].from_s, from_s);
    assert_int_equal(list->items[at].to_s, to_s);
}

static void spans_that_touch_become_one(void **state)
{
    (void)state;
    export_spans done = {0};
    add(&done, 10, 20, false);
    add(&done, 30, 40, false);
    add(&done, 0, 5, false);
    assert_int_equal(done.count, 3);
    add(&done, 20, 30, false);
    add(&done, 5, 10, false);
    assert_int_equal(done.count, 1);
    assert_span(&done, 0, 0, 40);
    assert_int_equal(export_spans_length(&done), 40);
    export_spans_free(&done);
}

static void what_was_done_before_is_noticed(void **state)
{
    (void)state;
    export_spans done = {0};
    add(&done, 10, 20, false);
    add(&done, 30, 40, false);
    add(&done, 10, 20, true);
    add(&done, 19, 21, true);
    add(&done, 0, 11, true);
    add(&done, 0, 100, true);
    add(&done, 25, 31, true);
    assert_int_equal(done.count, 2);
    export_spans_free(&done);
}

static void gaps_are_what_is_left_of_the_window(void **state)
{
    (void)state;
    export_spans done = {0};
    export_spans gaps = {0};
    add(&done, 10, 20, false);
    add(&done, 30, 40, false);
    assert_int_equal(export_spans_gaps(&done, (export_span){0, 50}, &gaps, NULL), CIHSM_OK);
    assert_int_equal(gaps.count, 3);
    assert_span(&gaps, 0, 40, 50);
    assert_span(&gaps, 1, 20, 30);
    assert_span(&gaps, 2, 0, 10);
    export_spans_free(&gaps);
    assert_int_equal(export_spans_gaps(&done, (export_span){10, 20}, &gaps, NULL), CIHSM_OK);
    assert_int_equal(gaps.count, 0);
    assert_int_equal(export_spans_gaps(&done, (export_span){15, 35}, &gaps, NULL), CIHSM_OK);
    assert_int_equal(gaps.count, 1);
    assert_span(&gaps, 0, 20, 30);
    export_spans_free(&gaps);
    export_spans_free(&done);
}

static void slices_are_taken_from_the_earliest_on(void **state)
{
    (void)state;
    export_spans todo = {0};
    export_spans none = {0};
    export_span span;
    assert_int_equal(export_spans_gaps(&none, (export_span){0, 25}, &todo, NULL), CIHSM_OK);
    for (int64_t at = 0; at < 25; at += 10) {
        assert_true(export_spans_take(&todo, 10, &span));
        assert_int_equal(span.from_s, at);
        assert_int_equal(span.to_s, at == 20 ? 25 : at + 10);
    }
    assert_false(export_spans_take(&todo, 10, &span));
    export_spans_free(&todo);
}

static void the_only_rest_is_given_back_in_pieces(void **state)
{
    (void)state;
    export_spans todo = {0};
    export_span span;
    assert_int_equal(export_spans_return(&todo, (export_span){0, 10}, 4, NULL), CIHSM_OK);
    assert_int_equal(todo.count, 4);
    for (int64_t from = 0; from < 10; from += 3) {
        assert_true(export_spans_take(&todo, 1000, &span));
        assert_int_equal(span.from_s, from);
        assert_int_equal(span.to_s, from == 9 ? 10 : from + 3);
    }
    assert_int_equal(export_spans_return(&todo, (export_span){20, 30}, 1, NULL), CIHSM_OK);
    assert_int_equal(export_spans_return(&todo, (export_span){10, 20}, 4, NULL), CIHSM_OK);
    assert_int_equal(todo.count, 2);
    assert_int_equal(export_spans_return(&todo, (export_span){0, 1}, 9, NULL), CIHSM_OK);
    assert_int_equal(export_spans_length(&todo), 21);
    export_spans_free(&todo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_that_touch_become_one),
        cmocka_unit_test(what_was_done_before_is_noticed),
        cmocka_unit_test(gaps_are_what_is_left_of_the_window),
        cmocka_unit_test(slices_are_taken_from_the_earliest_on),
        cmocka_unit_test(the_only_rest_is_given_back_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
