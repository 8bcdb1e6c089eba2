/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast ways through JSON text give what the plain ones would: at every place of a word, for
 * every byte.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/json_run.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"

#define PLACES 20

/* What was written, and in how many pieces. */
typedef struct sink {
    buffer text;
    unsigned pieces;
} sink;

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    sink *to = user;
    to->pieces++;
    return buffer_append(&to->text, bytes, len, err);
}

static void sink_free(sink *of)
{
    buffer_free(&of->text);
}

static bool is_plain(int c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void a_run_ends_at_the_first_byte_that_is_not_plain(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t at = 0; at < PLACES; at++) {
            char text[PLACES];
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            assert_int_equal(json_plain_run(text, sizeof text), is_plain(c) ? PLACES : at);
            assert_int_equal(json_plain_run(text, at), at);
        }
    }
}

static void a_second_byte_does_not_hide_the_first(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t at = 1; at < 8; at++) {
            char text[8] = "\x21\x23\x5b\x5d\x21\x23\x7e\x20";
            text[at] = (char)c;
            text[at - 1] = '"';
            assert_int_equal(json_plain_run(text, sizeof text), at - 1);
        }
    }
}

static void utf8_is_judged_at_every_place(void **state)
{
    (void)state;
    for (size_t at = 0; at + 3 < PLACES; at++) {
        char text[PLACES];
        memset(text, 'x', sizeof text);
        memcpy(text + at, "\xe2\x82\xac", 3);
        assert_true(text_is_utf8(text, sizeof text));
        assert_false(text_is_utf8(text, at + 2));
        text[at + 2] = 'x';
        assert_false(text_is_utf8(text, sizeof text));
    }
}

/* An object of so many members, the last with the name of the one before if wanted. */
static cihsm_status parse_members(int count, bool repeated, cihsm_error *err)
{
    char text[4096] = "{";
    for (int i = 0; i < count; i++) {
        const int number = repeated && i == count - 1 ? i - 1 : i;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"name%d\":%d",
                 i == 0 ? "" : ",", number, i);
    }
    strcat(text, "}");
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    return cihsm_value_parse(text, strlen(text), &value, err);
}

static void finds_a_repeated_name_in_objects_of_any_size(void **state)
{
    (void)state;
    for (int count = 2; count < 100; count++) {
        cihsm_error err = {0};
        char says[80];
        snprintf(says, sizeof says, "\"name%d\" is repeated", count - 2);
        assert_int_equal(parse_members(count, false, &err), CIHSM_OK);
        assert_int_equal(parse_members(count, true, &err), CIHSM_E_PROTOCOL);
        assert_non_null(strstr(err.message, says));
    }
}

static void writes_numbers_as_short_as_they_are_exact(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } NUMBERS[] = {
        {0, "0"},
        {-0.0, "-0"},
        {7, "7"},
        {-1, "-1"},
        {1234567890, "1234567890"},
        {-999999999999999, "-999999999999999"},
        {1e15, "1e+15"},
        {9007199254740991, "9007199254740991"},
        {0.5, "0.5"},
        {-2.25e-7, "-2.25e-07"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e300, "1e+300"},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        CIHSM_AUTO(sink_free) sink out = {.text = buffer_new(100)};
        CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
        char expected[64];
        snprintf(expected, sizeof expected, "{\"n\":%s}", NUMBERS[i].text);
        assert_int_equal(cihsm_value_set_number(object, "n", NUMBERS[i].number, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_write(object, 0, append, &out, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&out.text), expected);
    }
}

/* A host program may have set a locale with a decimal comma. */
static void a_comma_of_the_locale_does_not_get_in(void **state)
{
    (void)state;
    static const char *const LOCALES[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof LOCALES / sizeof *LOCALES && set == NULL; i++) {
        set = setlocale(LC_NUMERIC, LOCALES[i]);
    }
    if (set == NULL) {
        skip();
    }
    writes_numbers_as_short_as_they_are_exact(state);
    setlocale(LC_NUMERIC, "C");
}

/* A text around the size of the writer's own room, with something to escape at its end. */
static void writes_long_texts_whole(void **state)
{
    (void)state;
    for (size_t len = 4080; len < 4110; len++) {
        char text[4200];
        char expected[4200];
        memset(text, 'x', len);
        memcpy(text + len, "\"\xc2\x85\xc3\xa4", 6);
        expected[0] = '"';
        memset(expected + 1, 'x', len);
        memcpy(expected + 1 + len, "\\\"\\u0085\xc3\xa4\"", 12);
        CIHSM_AUTO(sink_free) sink out = {.text = buffer_new(10000)};
        CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
        assert_int_equal(cihsm_value_append_string(list, text, NULL), CIHSM_OK);
        assert_int_equal(cihsm_value_write(cihsm_value_first(list), 0, append, &out, NULL),
                         CIHSM_OK);
        assert_string_equal(buffer_text(&out.text), expected);
    }
}

static void hands_an_entry_on_in_one_piece(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"a\":[1,2,{\"b\":null}],\"c\":\"d\",\"e\":true}";
    CIHSM_AUTO(sink_free) sink out = {.text = buffer_new(100)};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    assert_int_equal(cihsm_value_parse(TEXT, sizeof TEXT - 1, &value, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_write(value, 0, append, &out, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&out.text), TEXT);
    assert_int_equal(out.pieces, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_ends_at_the_first_byte_that_is_not_plain),
        cmocka_unit_test(a_second_byte_does_not_hide_the_first),
        cmocka_unit_test(utf8_is_judged_at_every_place),
        cmocka_unit_test(finds_a_repeated_name_in_objects_of_any_size),
        cmocka_unit_test(writes_numbers_as_short_as_they_are_exact),
        cmocka_unit_test(a_comma_of_the_locale_does_not_get_in),
        cmocka_unit_test(writes_long_texts_whole),
        cmocka_unit_test(hands_an_entry_on_in_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
