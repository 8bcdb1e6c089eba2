/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "partner/name.h"

static void assert_name(const char *id, bool is_crowded, const char *name)
{
    char made[PARTNER_NAME_SIZE];
    char read[PARTNER_ID_SIZE];
    assert_true(partner_name_make(id, is_crowded, made));
    assert_string_equal(made, name);
    assert_true(partner_name_read(made, strlen(made), read));
    assert_string_equal(read, id);
}

static void plain_ids_are_their_names(void **state)
{
    (void)state;
    assert_name("Shopify", false, "Shopify");
    assert_name("a.B-c_d~e@f", false, "a.B-c_d~e@f");
    assert_name("console", false, "console");
    assert_name("com", false, "com");
    assert_name("com10", false, "com10");
}

static void no_name_is_special_anywhere(void **state)
{
    (void)state;
    assert_name(".", false, "%2E");
    assert_name("..", false, "%2E%2E");
    assert_name("...", false, "%2E.%2E");
    assert_name(".git", false, "%2Egit");
    assert_name("-rf", false, "%2Drf");
    assert_name("~root", false, "%7Eroot");
    assert_name("end.", false, "end%2E");
    assert_name("<a>", false, "%3Ca%3E");
    assert_name("CON", false, "%43ON");
    assert_name("nul.x.y", false, "%6Eul.x.y");
    assert_name("Lpt9", false, "%4Cpt9");
    assert_name("a/b\\c:d%e f", false, "a%2Fb%5Cc%3Ad%25e%20f");
    assert_name("\xc3\xbc", false, "%C3%BC");
}

/* Every spelling of a word has a name of its own, also where case does not count. */
static void crowded_names_differ_without_case(void **state)
{
    (void)state;
    enum { SPELLINGS = 16 };
    char names[SPELLINGS][PARTNER_NAME_SIZE];
    for (unsigned i = 0; i < SPELLINGS; i++) {
        char id[5] = "abef";
        for (unsigned at = 0; at < 4; at++) {
            id[at] = (char)((i >> at & 1) != 0 ? id[at] - 'a' + 'A' : id[at]);
        }
        assert_true(partner_name_make(id, true, names[i]));
        for (unsigned other = 0; other < i; other++) {
            assert_int_not_equal(strcasecmp(names[i], names[other]), 0);
        }
    }
    assert_name("abef", true, "abef");
    assert_name("aBef", true, "a%42ef");
}

static void other_names_are_none(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "",     ".",    "..",   ".a",   "-a",  "a.",   "a b",     "a%",     "a%4",
        "a%4g", "a%00", "a%62", "A%62", "CON", "%3ca", "%4aB%43", "%43onX", "a\xc3\xbc",
    };
    char id[PARTNER_ID_SIZE];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_false(partner_name_read(NAMES[i], strlen(NAMES[i]), id));
    }
}

static void too_long_is_refused(void **state)
{
    (void)state;
    char id[PARTNER_NAME_SIZE + 1];
    char out[PARTNER_NAME_SIZE];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_false(partner_name_make(id, false, out));
    assert_false(partner_name_read(id, strlen(id), out));
    id[PARTNER_NAME_SIZE - 1] = '\0';
    assert_name(id, false, id);
    id[0] = '.'; /* three bytes now */
    assert_false(partner_name_make(id, false, out));
    assert_false(partner_name_make("", false, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_ids_are_their_names),
        cmocka_unit_test(no_name_is_special_anywhere),
        cmocka_unit_test(crowded_names_differ_without_case),
        cmocka_unit_test(other_names_are_none),
        cmocka_unit_test(too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
