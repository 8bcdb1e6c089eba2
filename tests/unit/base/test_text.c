/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"

static void escapes_controls_and_never_cuts_a_character(void **state)
{
    (void)state;
    char out[8];
    text_escape(out, sizeof out, "a\x1b\x7f", 3);
    assert_string_equal(out, "a\\x1b"); /* no room for the second escape */
    text_escape(out, sizeof out, "a\xc2\x9b", 3);
    assert_string_equal(out, "a\\x9b"); /* CSI as one C1 control */
    text_escape(out, sizeof out, "abcdef\xc3\xa4", 8);
    assert_string_equal(out, "abcdef");
    text_escape(out, sizeof out, "abcde\xc3\xa4", 7);
    assert_string_equal(out, "abcde\xc3\xa4");
    text_escape(out, sizeof out, "\xff\x9b", 2);
    assert_string_equal(out, "??"); /* not UTF-8 at all */
    text_escape(out, sizeof out, "a\xc3 b\xe2\x82", 6);
    assert_string_equal(out, "a? b??"); /* cut by printf's precision */
    text_escape(out, 1, "\xff", 1);
    assert_string_equal(out, "");
}

static void knows_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
    } TEXTS[] = {
        {"", true},
        {"abc", true},
        {"\xc3\xa4", true},
        {"\xe2\x82\xac", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xc3", false},             /* cut */
        {"\x80", false},             /* continuation alone */
        {"\xc0\xaf", false},         /* overlong */
        {"\xe0\x80\xaf", false},     /* overlong */
        {"\xf0\x80\x80\xaf", false}, /* overlong */
        {"\xed\xa0\x80", false},     /* surrogate */
        {"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
        {"\xff", false},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        assert_int_equal(text_is_utf8(TEXTS[i].text, strlen(TEXTS[i].text)), TEXTS[i].is_valid);
    }
}

static void sets_formats_and_frees(void **state)
{
    (void)state;
    CIHSM_AUTO(text_free) char *text = NULL;
    assert_int_equal(text_set(&text, "a", NULL), CIHSM_OK);
    assert_int_equal(text_format(&text, NULL, "%s-%d", text, 5), CIHSM_OK);
    assert_string_equal(text, "a-5");
    assert_int_equal(text_set(&text, NULL, NULL), CIHSM_OK);
    assert_null(text);
}

static void compares(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal("a", NULL));
    assert_true(text_equal("a", "a"));
    assert_true(text_starts("abc", "ab"));
    assert_false(text_starts("a", "ab"));
    char hex[7];
    text_hex(hex, (const uint8_t *)"\x00\xab\xff", 3);
    assert_string_equal(hex, "00abff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_controls_and_never_cuts_a_character),
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(sets_formats_and_frees),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
