/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/visited.h"

static void knows_each_link_it_was_given_and_no_other(void **state)
{
    (void)state;
    enum { LINKS = 20000 };
    CIHSM_AUTO(odata_visited_free) odata_visited visited = {0};
    char link[64];
    for (unsigned i = 0; i < LINKS; i++) {
        snprintf(link, sizeof link, "https://host/api/v1/A?$skiptoken=%u", i * 1000);
        assert_false(odata_visited_has(&visited, link));
        assert_int_equal(odata_visited_add(&visited, link, NULL), CIHSM_OK);
    }
    for (unsigned i = 0; i < LINKS; i++) {
        snprintf(link, sizeof link, "https://host/api/v1/A?$skiptoken=%u", i * 1000);
        assert_true(odata_visited_has(&visited, link));
    }
    assert_int_equal(visited.count, LINKS);
    assert_int_equal(odata_visited_add(&visited, link, NULL), CIHSM_OK);
    assert_int_equal(visited.count, LINKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_each_link_it_was_given_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
