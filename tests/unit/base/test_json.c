/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/json.h"
#include "cihsm/scope.h"

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* Reads a text and writes it again. */
static void assert_becomes(const char *text, const char *expected)
{
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(100000);
    if (cihsm_value_parse(text, strlen(text), &value, &err) != CIHSM_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    assert_int_equal(cihsm_value_write(value, 0, append, &out, &err), CIHSM_OK);
    assert_string_equal(buffer_text(&out), expected);
}

static void reads_and_writes_the_same(void **state)
{
    (void)state;
    static const char *const SAME[] = {"null",
                                       "true",
                                       "false",
                                       "0",
                                       "-1",
                                       "1.5",
                                       "1e+20",
                                       "\"\"",
                                       "[]",
                                       "{}",
                                       "[1,[2,{}]]",
                                       "{\"a\":\"b\",\"A\":[null]}",
                                       "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                       "\"q\\\"b\\\\n\\nt\\tu\\u0001\"",
                                       "9007199254740992",
                                       "0.1"};
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
        assert_becomes(SAME[i], SAME[i]);
    }
    assert_becomes("\xef\xbb\xbf {\"a\" : 1 }\r\n", "{\"a\":1}");
    assert_becomes("\"\\u00e4\\/\"", "\"\xc3\xa4/\"");
}

static void keeps_the_digits_of_wide_integers(void **state)
{
    (void)state;
    assert_becomes("{\"n\":9007199254740993,\"s\":\"9007199254740993\"}",
                   "{\"n\":\"9007199254740993\",\"s\":\"9007199254740993\"}");
    assert_becomes("[-9223372036854775808,12]", "[\"-9223372036854775808\",12]");
}

static void refuses_what_would_be_lost_or_misread(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } REFUSED[] = {
        {"", "not JSON"},
        {"{\"a\":1} x", "text after"},
        {"{\"a\":1}{}", "text after"},
        {"{\"a\":1,\"a\":2}", "\"a\" is repeated"},
        {"[{\"b\":{\"a\":1,\"x\":0,\"a\":2}}]", "\"a\" is repeated"},
        {"\"a\\u0000b\"", "NUL"},
        {"\"\xc3\x28\"", "UTF-8"},
        {"\"\xed\xa0\x80\"", "UTF-8"},
        {"\"a\nb\"", "control character"},
        {"[1,\x0b 2]", "control character, byte 4"},
        {"{}\x01", "control character"},
        {"\"abc", "not closed"},
        {"01", "bad number"},
        {"1.", "bad number"},
        {"-", "bad number"},
        {"1e", "bad number"},
        {"{\"a\":}", "not JSON"},
        {"{a:1}", "not JSON"},
        {"[1,]", "not JSON"},
        {"nul", "not JSON"},
        {"<html>", "not JSON"},
    };
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        cihsm_error err = {0};
        cihsm_value *value = NULL;
        assert_int_equal(cihsm_value_parse(REFUSED[i].text, strlen(REFUSED[i].text), &value, &err),
                         CIHSM_E_PROTOCOL);
        assert_null(value);
        if (strstr(err.message, REFUSED[i].says) == NULL) {
            fail_msg("%s: %s", REFUSED[i].text, err.message);
        }
    }
}

static void refuses_raw_nul_and_too_many_levels(void **state)
{
    (void)state;
    cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse("\"a\0b\"", 5, &value, NULL), CIHSM_E_PROTOCOL);
    assert_int_equal(cihsm_value_parse("[1\0]", 4, &value, NULL), CIHSM_E_PROTOCOL);
    char deep[20001];
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    assert_int_equal(cihsm_value_parse(deep, 20000, &value, NULL), CIHSM_E_PROTOCOL);
    assert_int_equal(cihsm_value_parse(deep + 10000 - CIHSM_VALUE_DEPTH_MAX,
                                       2 * CIHSM_VALUE_DEPTH_MAX, &value, NULL),
                     CIHSM_OK);
    cihsm_value_free(&value);
}

static void finds_names_with_their_case(void **state)
{
    (void)state;
    const char *text = "{\"Status\":\"A\",\"status\":\"b\"}";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(text, strlen(text), &value, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(value, "status"), "b");
    assert_null(cihsm_value_get(value, "STATUS"));
    assert_int_equal(cihsm_value_count(value), 2);
}

static void builds_changes_and_writes(void **state)
{
    (void)state;
    cihsm_error err = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    assert_int_equal(cihsm_value_append_string(list, "x", &err), CIHSM_OK);
    assert_int_equal(cihsm_value_set(object, "list", &list, &err), CIHSM_OK);
    assert_null(list);
    assert_int_equal(cihsm_value_set_string(object, "s", "old", &err), CIHSM_OK);
    assert_int_equal(cihsm_value_set_string(object, "s", NULL, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_set_number(object, "n", 2.5, &err), CIHSM_OK);
    assert_int_equal(cihsm_value_set_bool(object, "b", true, &err), CIHSM_OK);
    CIHSM_AUTO(cihsm_value_free)
    cihsm_value *inner = json_detach(object, json_get(object, "list"));
    assert_int_equal(json_assign_string(json_first(inner), "longer than before", &err), CIHSM_OK);
    json_replace(object, json_get(object, "n"), &inner);
    json_remove(object, json_get(object, "b"));

    CIHSM_AUTO(buffer_free) buffer out = buffer_new(1000);
    assert_int_equal(cihsm_value_write(object, 2, append, &out, &err), CIHSM_OK);
    assert_string_equal(buffer_text(&out), "{\n  \"s\": null,\n"
                                           "  \"n\": [\n    \"longer than before\"\n  ]\n}");
}

static cihsm_status refuse(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)user;
    (void)bytes;
    (void)len;
    (void)err;
    return CIHSM_E_IO;
}

static void stops_writing_when_the_sink_refuses(void **state)
{
    (void)state;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    assert_int_equal(cihsm_value_write(object, 0, refuse, NULL, NULL), CIHSM_E_IO);
}

static void follows_dotted_names(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"A\":{\"B\":{\"C\":\"deep\"},\"\":1},\"A.X\":\"dot\",\"L\":[1]}";
    static const char *const NONE[] = {"", ".", "B", "A.C", "A.B.C.D", "A.B.", "AB", "L.0", "A..B"};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(TEXT, sizeof TEXT - 1, &value, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_string(cihsm_value_at(value, "A.B.C")), "deep");
    assert_string_equal(cihsm_value_string(cihsm_value_at(value, "A.X")), "dot");
    assert_int_equal(cihsm_value_kind(cihsm_value_at(value, "A.B")), CIHSM_VALUE_OBJECT);
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        assert_null(cihsm_value_at(value, NONE[i]));
    }
    assert_null(cihsm_value_at(NULL, "A"));
}

static void copies_a_member_as_a_root(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"A\":{\"B\":[1,\"x\",null]}}";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(TEXT, sizeof TEXT - 1, &value, NULL), CIHSM_OK);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(cihsm_value_get(value, "A"));
    cihsm_value_free(&value);
    assert_null(cihsm_value_name(copy));
    assert_int_equal(cihsm_value_count(cihsm_value_get(copy, "B")), 3);
    assert_null(cihsm_value_copy(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_the_same),
        cmocka_unit_test(keeps_the_digits_of_wide_integers),
        cmocka_unit_test(refuses_what_would_be_lost_or_misread),
        cmocka_unit_test(refuses_raw_nul_and_too_many_levels),
        cmocka_unit_test(finds_names_with_their_case),
        cmocka_unit_test(follows_dotted_names),
        cmocka_unit_test(copies_a_member_as_a_root),
        cmocka_unit_test(builds_changes_and_writes),
        cmocka_unit_test(stops_writing_when_the_sink_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
