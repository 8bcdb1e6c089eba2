/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "snapshot/stable.h"
#include "unit/snapshot/scratch.h"

static void expect_stable(const char *json, const char *wanted)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entity = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *stable = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(4096);
    assert_int_equal(cihsm_value_parse(json, strlen(json), &entity, NULL), CIHSM_OK);
    assert_int_equal(snapshot_stable(entity, &stable, NULL), CIHSM_OK);
    assert_int_equal(snapshot_stable_text(stable, &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), wanted);
}

static void members_are_sorted_and_those_about_time_are_left_out(void **state)
{
    (void)state;
    expect_stable("{\"Name\":\"n\",\"ModifiedDate\":\"1\",\"CreatedBy\":\"me\",\"Id\":\"i\","
                  "\"CreationDate\":\"2\",\"ModifiedBy\":\"me\",\"ArtifactContent\":null,"
                  "\"CreatedAt\":\"3\",\"Description\":null}",
                  "{\n  \"Description\": null,\n  \"Id\": \"i\",\n  \"Name\": \"n\"\n}\n");
    expect_stable("{}", "{}\n");
}

static void lists_are_in_the_order_of_a_key(void **state)
{
    (void)state;
    static const char JSON[] =
        "[{\"K\":\"b\",\"V\":2},{\"V\":0},{\"K\":\"a\",\"ModifiedBy\":\"x\"}]";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *stable = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(4096);
    assert_int_equal(cihsm_value_parse(JSON, strlen(JSON), &rows, NULL), CIHSM_OK);
    assert_int_equal(snapshot_stable_list(rows, "K", &stable, NULL), CIHSM_OK);
    assert_int_equal(snapshot_stable_text(stable, &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text),
                        "[\n  {\n    \"V\": 0\n  },\n  {\n    \"K\": \"a\"\n  },\n  {\n    "
                        "\"K\": \"b\",\n    \"V\": 2\n  }\n]\n");
}

static void expect_content(const char *folder, const char *name, const char *before,
                           const char *after)
{
    scratch_write(folder, name, before);
    assert_int_equal(snapshot_stable_content(folder, NULL), CIHSM_OK);
    scratch_expect(folder, name, after);
}

static void the_date_of_property_files_is_taken_out(void **state)
{
    expect_content(*state, "src/main/resources/parameters.prop",
                   "#\n#Thu Jul 20 12:10:52 UTC 2023\nHost=a\n", "#\nHost=a\n");
    expect_content(*state, "metainfo.prop",
                   "#Store metainfo properties\r\n#Wed Jul 05 19:34:27 GMT+02:00 2023\r\na=\r\n",
                   "#Store metainfo properties\r\na=\r\n");
    expect_content(*state, "a/metainfo.prop", "#Thu Jul 20 12:10:52 UTC 2023\n", "");
}

static void nothing_else_is_touched(void **state)
{
    static const char *const TEXTS[] = {
        "",
        "#",
        "\n\n",
        "#Thu Jul 20 12:10:52 UTC 2023",             /* no line */
        "a=1\nb=2\n#Thu Jul 20 12:10:52 UTC 2023\n", /* the third line */
        "#Thu Jul 20 12:10 UTC 2023\n",
        "#Thu Jul 20 12:10:52 2023\n",
        "#Thu Jul 20 12:10:52 UTC 2023 \n",
        "Thu Jul 20 12:10:52 UTC 2023\n",
        "#20.07.2023 12:10:52\na=1\n",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        expect_content(*state, "parameters.prop", TEXTS[i], TEXTS[i]);
    }
    expect_content(*state, "parameters.propdef", "#Thu Jul 20 12:10:52 UTC 2023\n",
                   "#Thu Jul 20 12:10:52 UTC 2023\n");
}

static void a_missing_folder_is_an_error(void **state)
{
    char path[PATH_SIZE];
    assert_int_equal(snapshot_stable_content(scratch_path(path, *state, "none"), NULL), CIHSM_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sorted_and_those_about_time_are_left_out),
        cmocka_unit_test(lists_are_in_the_order_of_a_key),
        cmocka_unit_test_setup_teardown(the_date_of_property_files_is_taken_out, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(nothing_else_is_touched, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_an_error, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
