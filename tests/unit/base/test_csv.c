/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "cihsm/csv.h"
#include "cihsm/scope.h"

static cihsm_value *parsed(const char *json)
{
    cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(json, strlen(json), &value, NULL), CIHSM_OK);
    return value;
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status refuse(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)bytes;
    (void)len;
    (void)err;
    size_t *left = user;
    return (*left)-- == 0 ? CIHSM_E_IO : CIHSM_OK;
}

static const struct {
    const char *columns, *entry, *line;
    size_t left_out;
} ROWS[] = {
    {"[\"A\",\"B\"]", "{\"A\":\"x\",\"B\":\"y\"}", "x,y\r\n", 0},
    {"[\"B\",\"A\"]", "{\"A\":\"x\",\"B\":\"y\"}", "y,x\r\n", 0},
    {"[\"A\"]", "{\"A\":\"a,b\"}", "\"a,b\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"say \\\"hi\\\"\"}", "\"say \"\"hi\"\"\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"\\\"\"}", "\"\"\"\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"one\\ntwo\"}", "\"one\ntwo\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"one\\rtwo\"}", "\"one\rtwo\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\" x \"}", " x \r\n", 0},
    {"[\"A\"]", "{\"A\":\"=1+1\"}", "=1+1\r\n", 0},
    {"[\"A\"]", "{\"A\":\"gr\xc3\xbc\xc3\x9f\"}", "gr\xc3\xbc\xc3\x9f\r\n", 0},
    {"[\"A\",\"B\"]", "{\"A\":null,\"B\":\"\"}", ",\"\"\r\n", 0},
    {"[\"A\",\"B\"]", "{}", ",\r\n", 0},
    {"[\"A\"]", "{\"A\":null}", "\"\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"9223372036854775807\"}", "9223372036854775807\r\n", 0},
    {"[\"A\",\"B\"]", "{\"A\":1.5,\"B\":true}", "1.5,true\r\n", 0},
    {"[\"A.B\",\"C\"]", "{\"A\":{\"B\":\"x\"},\"C\":\"y\"}", "x,y\r\n", 0},
    {"[\"A.B\"]", "{\"A.B\":\"x\"}", "x\r\n", 0},
    {"[\"A.B\"]", "{\"A\":[{\"B\":\"x\"}]}", "\"\"\r\n", 1},
    {"[\"A\"]", "{\"A\":[\"x\",{\"B\":1}]}", "\"[\"\"x\"\",{\"\"B\"\":1}]\"\r\n", 0},
    {"[\"A\"]", "{\"A\":{\"B\":\"x\",\"C\":1}}", "\"{\"\"B\"\":\"\"x\"\",\"\"C\"\":1}\"\r\n", 0},
    {"[\"A\"]", "{\"A\":\"x\",\"B\":\"y\",\"C\":null,\"D\":{\"E\":1}}", "x\r\n", 2},
};

static void writes_a_line_an_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *columns = parsed(ROWS[i].columns);
        CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = parsed(ROWS[i].entry);
        CIHSM_AUTO(buffer_free) buffer out = buffer_new(1000);
        size_t left_out = 99;
        assert_int_equal(cihsm_csv_row(columns, entry, &left_out, append, &out, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&out), ROWS[i].line);
        assert_int_equal(left_out, ROWS[i].left_out);
    }
}

static void writes_the_heading(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *columns = parsed("[\"Id\",\"a,b\",\"C.D\"]");
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(1000);
    assert_int_equal(cihsm_csv_heading(columns, append, &out, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&out), "Id,\"a,b\",C.D\r\n");
}

static void ends_with_the_first_failure(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *columns = parsed("[\"A\",\"B\"]");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = parsed("{\"A\":[\"x\"],\"B\":\"a\\\"b\"}");
    size_t calls = 0;
    for (cihsm_status status = CIHSM_E_IO; status != CIHSM_OK; calls++) {
        size_t left = calls;
        status = cihsm_csv_row(columns, entry, NULL, refuse, &left, NULL);
        assert_true(status == CIHSM_OK || status == CIHSM_E_IO);
    }
    assert_true(calls > 5);
}

static const struct {
    const char *entries, *wanted, *all, *only;
} CHOICES[] = {
    {"[]", "null", "", ""},
    {"[]", "[\"A\",\"B\"]", "A B", "A B"},
    {"[{\"B\":1,\"A\":null}]", "null", "B A", ""},
    {"[{\"A\":1},{\"C\":1,\"A\":2}]", "[\"B\"]", "B A C", "B"},
    {"[{\"A\":{\"X\":1,\"Y\":[]}},{\"A\":{\"Z\":{\"W\":1}}}]", "null", "A.X A.Y A.Z.W", ""},
    {"[{\"A\":null},{\"A\":{\"X\":1}},{\"B\":1}]", "[\"B\",\"A\"]", "B A.X", "B A.X"},
    {"[{\"A\":{\"X\":1,\"Y\":2}}]", "[\"A.Y\"]", "A.Y A.X", "A.Y"},
    {"[{\"A\":{}}]", "null", "A", ""},
    {"[{\"AB\":1,\"A\":1}]", "[\"A\"]", "A AB", "A"},
};

static void check_choice(const char *entries_json, const char *wanted_json, bool only,
                         const char *expected)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entries = parsed(entries_json);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = parsed(wanted_json);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *chosen = NULL;
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(1000);
    assert_int_equal(cihsm_csv_columns(entries, wanted, only, &chosen, NULL), CIHSM_OK);
    const cihsm_value *name = cihsm_value_first(chosen);
    for (; name != NULL; name = cihsm_value_next(name)) {
        assert_int_equal(buffer_append_text(&out, out.len > 0 ? " " : "", NULL), CIHSM_OK);
        assert_int_equal(buffer_append_text(&out, cihsm_value_string(name), NULL), CIHSM_OK);
    }
    assert_string_equal(buffer_text(&out), expected);
}

static void chooses_columns_in_a_stable_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CHOICES / sizeof *CHOICES; i++) {
        check_choice(CHOICES[i].entries, CHOICES[i].wanted, false, CHOICES[i].all);
        check_choice(CHOICES[i].entries, CHOICES[i].wanted, true, CHOICES[i].only);
    }
}

static void has_at_most_so_many_columns(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entries = parsed("[{}]");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = cihsm_value_new_object();
    for (int i = 0; i < CIHSM_CSV_COLUMNS_MAX + 7; i++) {
        char name[16];
        snprintf(name, sizeof name, "N%d", i);
        assert_int_equal(cihsm_value_set_number(entry, name, i, NULL), CIHSM_OK);
    }
    assert_int_equal(cihsm_value_append(entries, &entry, NULL), CIHSM_OK);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *chosen = NULL;
    assert_int_equal(cihsm_csv_columns(entries, NULL, false, &chosen, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_count(chosen), CIHSM_CSV_COLUMNS_MAX);
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(100000);
    size_t left_out = 0;
    const cihsm_value *last = cihsm_value_next(cihsm_value_first(entries));
    assert_int_equal(cihsm_csv_row(chosen, last, &left_out, append, &out, NULL), CIHSM_OK);
    assert_int_equal(left_out, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_line_an_entry),
        cmocka_unit_test(writes_the_heading),
        cmocka_unit_test(ends_with_the_first_failure),
        cmocka_unit_test(chooses_columns_in_a_stable_order),
        cmocka_unit_test(has_at_most_so_many_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
