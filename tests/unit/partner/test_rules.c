/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/rules.h"

static void ids(void **state)
{
    (void)state;
    char longest[62];
    memset(longest, 'a', 61);
    longest[61] = '\0';
    assert_int_equal(partner_check_id("aZ09-._~<>@", true, NULL, CIHSM_E_USAGE, NULL), CIHSM_OK);
    assert_int_equal(partner_check_id("", true, NULL, CIHSM_E_USAGE, NULL), CIHSM_E_USAGE);
    assert_int_equal(partner_check_id("a b", false, "f", CIHSM_E_CONFIG, NULL), CIHSM_E_CONFIG);
    assert_int_equal(partner_check_id(longest, true, NULL, CIHSM_E_USAGE, NULL), CIHSM_E_USAGE);
    assert_int_equal(partner_check_id(longest, false, NULL, CIHSM_E_USAGE, NULL), CIHSM_OK);
    assert_int_equal(partner_check_id(longest + 1, true, NULL, CIHSM_E_USAGE, NULL), CIHSM_OK);
}

static void content_types(void **state)
{
    (void)state;
    assert_string_equal(partner_extension_of("xsl"), "xsl");
    assert_string_equal(partner_extension_of("text"), "txt");
    assert_string_equal(partner_extension_of("text;encoding=UTF-8"), "txt");
    assert_string_equal(partner_extension_of("zip;encoding=UTF-8"), "bin");
    assert_string_equal(partner_extension_of("xslt"), "bin");
    assert_string_equal(partner_extension_of("xml;encoding="), "bin");
    assert_string_equal(partner_extension_of("xml;encoding=a b"), "bin");
    assert_string_equal(partner_extension_of(""), "bin");
    assert_string_equal(partner_type_of("txt"), "text");
    assert_null(partner_type_of("text"));
    assert_null(partner_type_of("bin"));
}

static cihsm_status check(cihsm_partner_kind kind, const char *value, size_t len,
                          const char *detail)
{
    char key[] = "k";
    char type[40];
    partner_entry entry = {.kind = kind, .keys = {key, key, key}, .file = key, .size = len};
    if (detail != NULL) {
        snprintf(type, sizeof type, "%s", detail);
        entry.detail = type;
    }
    return partner_check_entry(&entry, value, NULL);
}

/* Characters count, not bytes. */
static void strings(void **state)
{
    (void)state;
    char value[3 * (PARTNER_STRING_MAX + 1) + 1] = "";
    for (size_t i = 0; i <= PARTNER_STRING_MAX; i++) {
        memcpy(value + 3 * i, "\xe2\x82\xac", 4);
    }
    const size_t len = strlen(value);
    assert_int_equal(check(CIHSM_PARTNER_STRING, value, len, NULL), CIHSM_E_CONFIG);
    value[len - 3] = '\0';
    assert_int_equal(check(CIHSM_PARTNER_STRING, value, len - 3, NULL), CIHSM_OK);
    assert_int_equal(check(CIHSM_PARTNER_STRING, "", 0, NULL), CIHSM_OK);
    assert_int_equal(check(CIHSM_PARTNER_STRING, "a\0b", 3, NULL), CIHSM_E_CONFIG);
    assert_int_equal(check(CIHSM_PARTNER_STRING, "\xff", 1, NULL), CIHSM_E_CONFIG);
}

static void binaries(void **state)
{
    (void)state;
    assert_int_equal(check(CIHSM_PARTNER_BINARY, "", PARTNER_BINARY_MAX, "zip"), CIHSM_OK);
    assert_int_equal(check(CIHSM_PARTNER_BINARY, "", PARTNER_BINARY_MAX + 1, "zip"),
                     CIHSM_E_CONFIG);
    assert_int_equal(check(CIHSM_PARTNER_BINARY, "", 1, "pdf"), CIHSM_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids),
        cmocka_unit_test(content_types),
        cmocka_unit_test(strings),
        cmocka_unit_test(binaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
