/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of paths and words of filters. */
#include <string.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/filter.h"
#include "odata/key.h"

typedef struct part_row {
    const char *name; /* "": none */
    const char *plain;
    odata_key_form form;
} part_row;

typedef struct key_row {
    const char *text;
    const char *rest;
    part_row parts[4];
    size_t count;
} key_row;

static const key_row KEYS[] = {
    {"('x')", "", {{"", "x", ODATA_KEY_QUOTED}}, 1},
    {"('')", "", {{"", "", ODATA_KEY_QUOTED}}, 1},
    {"('O''Br''ien')/Runs", "/Runs", {{"", "O'Br'ien", ODATA_KEY_QUOTED}}, 1},
    {"('''')", "", {{"", "'", ODATA_KEY_QUOTED}}, 1},
    {"('a/b\\c),d=''e')", "", {{"", "a/b\\c),d='e", ODATA_KEY_QUOTED}}, 1},
    {"(1901)", "", {{"", "1901", ODATA_KEY_BARE}}, 1},
    {"(a b)", "", {{"", "a b", ODATA_KEY_BARE}}, 1},
    {"(guid'ab')", "", {{"", "guid'ab'", ODATA_KEY_LITERAL}}, 1},
    {"( Id = 'X' , Version = 'active' )x",
     "x",
     {{"Id", "X", ODATA_KEY_QUOTED}, {"Version", "active", ODATA_KEY_QUOTED}},
     2},
    {"(RunId='a',ChildCount=-3,Failed=false)",
     "",
     {{"RunId", "a", ODATA_KEY_QUOTED},
      {"ChildCount", "-3", ODATA_KEY_BARE},
      {"Failed", "false", ODATA_KEY_BARE}},
     3},
    {"(T=datetime'2026-03-01T00:00:00')",
     "",
     {{"T", "datetime'2026-03-01T00:00:00'", ODATA_KEY_LITERAL}},
     1},
};

static void reads_the_parts_of_a_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        odata_key key;
        const char *end = NULL;
        assert_true(odata_key_read(KEYS[i].text, &end, &key));
        assert_string_equal(end, KEYS[i].rest);
        assert_int_equal(key.count, KEYS[i].count);
        for (size_t at = 0; at < key.count; at++) {
            const part_row *wanted = &KEYS[i].parts[at];
            const odata_key_part *part = &key.parts[at];
            CIHSM_AUTO(buffer_free) buffer plain = buffer_new(100);
            assert_int_equal(part->name == NULL, *wanted->name == '\0');
            assert_int_equal(part->name_len, strlen(wanted->name));
            assert_memory_equal(wanted->name, part->name == NULL ? "" : part->name, part->name_len);
            assert_int_equal(part->form, wanted->form);
            assert_int_equal(odata_key_append_plain(part, &plain, NULL), CIHSM_OK);
            assert_string_equal(buffer_text(&plain), wanted->plain);
        }
    }
}

static void leaves_what_is_malformed(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "(",       "()",       "(,)",        "('x'",  "('x",    "('x''",
        "('a'b)",  "('a''b'c", "(=1)",       "(Id=)", "(1,)",   "(1",
        "(a/b)",   "((1))",    "('a','b'x)", "( )",   "(a(b))", "(1,2,3,4,5,6,7,8,9)",
        "(a'b'c)",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        odata_key key;
        const char *end = NULL;
        if (odata_key_read(TEXTS[i], &end, &key)) {
            fail_msg("%s was read", TEXTS[i]);
        }
    }
}

static void gives_the_words_of_a_filter(void **state)
{
    (void)state;
    static const char *const WORDS[] = {
        "not",
        "(",
        "substringof",
        "(",
        "'O''Br (ien'",
        ",",
        "Sender",
        ")",
        ")",
        "and",
        "LogEnd",
        "gt",
        "datetime'2026-03-01T00:00:00'",
        "or",
        "N",
        "eq",
        "-5L",
    };
    const char *cursor = " not (substringof('O''Br (ien', Sender)) and LogEnd\tgt "
                         "datetime'2026-03-01T00:00:00' or N eq -5L ";
    odata_word word;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        assert_true(odata_word_next(&cursor, &word));
        assert_true(odata_word_is(&word, WORDS[i]));
        assert_int_equal(word.is_literal, strchr(WORDS[i], '\'') != NULL);
    }
    assert_false(odata_word_next(&cursor, &word));
}

static void ends_with_a_quote_that_is_left_open(void **state)
{
    (void)state;
    const char *cursor = "A eq 'x and B";
    odata_word word;
    assert_true(odata_word_next(&cursor, &word));
    assert_true(odata_word_in(&word, "B A C"));
    assert_false(odata_word_in(&word, "B AA C"));
    assert_true(odata_word_next(&cursor, &word));
    assert_true(odata_word_next(&cursor, &word));
    assert_true(odata_word_is(&word, "'x and B"));
    assert_false(odata_word_next(&cursor, &word));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_parts_of_a_key),
        cmocka_unit_test(leaves_what_is_malformed),
        cmocka_unit_test(gives_the_words_of_a_filter),
        cmocka_unit_test(ends_with_a_quote_that_is_left_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
