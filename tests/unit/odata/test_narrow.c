/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/narrow.h"

static cihsm_value *parse(const char *text)
{
    cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(text, strlen(text), &value, NULL), CIHSM_OK);
    return value;
}

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static void assert_json(const cihsm_value *value, const char *expected)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(1000);
    assert_int_equal(cihsm_value_write(value, 0, collect, &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), expected);
}

static void leaves_the_selected_members(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"Id", "{\"Id\":1}"},
        {"Name,Id", "{\"Id\":1,\"Name\":{\"Id\":2}}"},
        {" Name , Id ", "{\"Id\":1,\"Name\":{\"Id\":2}}"},
        {"Name/Id", "{\"Name\":{\"Id\":2}}"},
        {"*", "{\"Id\":1,\"Name\":{\"Id\":2},\"I\":3}"},
        {"Nam", "{}"},
        {"id", "{}"},
        {"I", "{\"I\":3}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(cihsm_value_free)
        cihsm_value *entry = parse("{\"Id\":1,\"Name\":{\"Id\":2},\"I\":3}");
        odata_select(entry, ROWS[i][0]);
        assert_json(entry, ROWS[i][1]);
    }
}

static void selects_in_each_entry_of_a_page(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *page = parse("[{\"A\":1,\"B\":2},{\"B\":3},{}]");
    odata_select(page, "A");
    assert_json(page, "[{\"A\":1},{},{}]");
}

static void keeps_the_first_entries(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *page = parse("[1,2,3]");
    assert_int_equal(odata_keep(page, 5), 3);
    assert_int_equal(odata_keep(page, 2), 2);
    assert_json(page, "[1,2]");
    assert_int_equal(odata_keep(page, 0), 0);
    assert_json(page, "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_the_selected_members),
        cmocka_unit_test(selects_in_each_entry_of_a_page),
        cmocka_unit_test(keeps_the_first_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
