/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file_name.h"
#include "base/text.h"

static void assert_made(const char *text, const char *expected)
{
    char name[FILE_NAME_SIZE] = "untouched";
    const bool is_made = file_name_make(text, name);
    if (is_made != (expected != NULL)) {
        print_error("%s\n", text);
    }
    assert_int_equal(is_made, expected != NULL);
    assert_string_equal(name, expected == NULL ? "untouched" : expected);
}

static void takes_what_stands_behind_the_last_slash(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"Orders.zip", "Orders.zip"},
        {"Gr\xc3\xb6\xc3\x9f"
         "e.zip",
         "Gr\xc3\xb6\xc3\x9f"
         "e.zip"},
        {"my file (1).txt", "my file (1).txt"},
        {"../../etc/passwd", "passwd"},
        {"/etc/passwd", "passwd"},
        {"..\\..\\evil.exe", "evil.exe"},
        {"C:\\temp\\x.zip", "x.zip"},
        {"a/b\\c/d\\e", "e"},
        {"a\\b/c", "c"},
        {"%2e%2e%2fx", "%2e%2e%2fx"},
        {".bashrc", "_.bashrc"},
        {"...", "_..."},
        {"-rf", "_-rf"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_made(ROWS[i][0], ROWS[i][1]);
    }
}

static void refuses_what_is_no_name(void **state)
{
    (void)state;
    static const char *const ROWS[] = {
        "",
        ".",
        "..",
        "/",
        "a/",
        "a\\",
        "a/..",
        "..\\.",
        "line\nend",
        "tab\t.zip",
        "esc\x1b[2J",
        "del\x7f",
        "c1\xc2\x9b"
        "2J",
        "latin\xe4.zip",
        "overlong\xc0\xaf",
        "cut\xe2\x80",
        "gpj\xe2\x80\xae"
        "exe.jpg", /* right-to-left override */
        "mark\xe2\x80\x8f",
        "isolate\xe2\x81\xa6",
        "arabic mark\xd8\x9c",
        "line separator\xe2\x80\xa8",
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_made(ROWS[i], NULL);
    }
    assert_made("dash \xe2\x80\x93.zip", "dash \xe2\x80\x93.zip");
}

static void cuts_a_long_name_before_its_extension(void **state)
{
    (void)state;
    char text[2000];
    char name[FILE_NAME_SIZE];
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 5, ".zip", 5);
    assert_true(file_name_make(text, name));
    assert_int_equal(strlen(name), FILE_NAME_SIZE - 1);
    assert_string_equal(name + strlen(name) - 5, "x.zip");

    static const char NO_EXTENSION[] = ".this-is-not-an-extension";
    memcpy(text + sizeof text - 40, NO_EXTENSION, sizeof NO_EXTENSION);
    assert_true(file_name_make(text, name));
    assert_int_equal(strlen(name), FILE_NAME_SIZE - 1);
    text[0] = '.';
    assert_true(file_name_make(text, name));
    assert_int_equal(strlen(name), FILE_NAME_SIZE - 1);
    assert_string_equal(name + strlen(name) - 2, "xx");
    assert_int_equal(*name, '_');
}

static void cuts_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char text[1201] = "aaaa";
        char name[FILE_NAME_SIZE];
        for (size_t at = shift; at + 4 < sizeof text; at += 4) {
            memcpy(text + at, "\xf0\x9f\x98\x80", 5);
        }
        assert_true(file_name_make(text, name));
        assert_true(text_is_utf8(name, strlen(name)));
        assert_in_range(strlen(name), FILE_NAME_SIZE - 4, FILE_NAME_SIZE - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_stands_behind_the_last_slash),
        cmocka_unit_test(refuses_what_is_no_name),
        cmocka_unit_test(cuts_a_long_name_before_its_extension),
        cmocka_unit_test(cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
