/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive/manifest.h"
#include "base/text.h"
#include "cihsm/scope.h"

typedef struct row {
    const char *manifest;
    const char *name; /* NULL: none is found */
} row;

static const row ROWS[] = {
    {"Bundle-SymbolicName: Orders\n", "Orders"},
    {"Manifest-Version: 1.0\r\nBundle-SymbolicName: Orders\r\n\r\n", "Orders"},
    {"Bundle-SymbolicName: Orders; singleton:=true\r\n", "Orders"},
    {"Bundle-SymbolicName: Orders;singleton:=true", "Orders"},
    {"Bundle-SymbolicName: Or\n ders; sing\n leton:=true\nA: b\n", "Orders"},
    {"Bundle-SymbolicName: Or\r\n de\r\n rs\r\n", "Orders"},
    {"Bundle-SymbolicName: Or\r de\r rs\r", "Orders"},
    {"bundle-symbolicname:Orders  \n", "Orders"},
    {"Bundle-SymbolicName:\n  Orders\n", "Orders"},
    {"Bundle-SymbolicName: Gr\xc3\n \xb6\xc3\x9f"
     "e\n",
     "Größe"},
    {"A: b\n Bundle-SymbolicName: Orders\n", NULL},  /* continues A */
    {"A: b\n\nBundle-SymbolicName: Orders\n", NULL}, /* another section */
    {"Bundle-SymbolicNames: Orders\n", NULL},
    {"Bundle-SymbolicName Orders\n", NULL},
    {"Bundle-SymbolicName: ; singleton:=true\n", ""},
    {"", NULL},
    {"\n", NULL},
};

static void finds_the_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        CIHSM_AUTO(text_free) char *name = NULL;
        const char *text = ROWS[i].manifest;
        assert_int_equal(manifest_header(text, strlen(text), "Bundle-SymbolicName", &name, NULL),
                         CIHSM_OK);
        if (!text_equal(name, ROWS[i].name)) {
            fail_msg("row %zu: \"%s\"", i, name == NULL ? "(none)" : name);
        }
    }
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    static const char *const BAD[] = {"A: \xff\n", "A: a\n \xc3\n"};
    CIHSM_AUTO(text_free) char *value = NULL;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(manifest_header(BAD[i], strlen(BAD[i]), "A", &value, NULL),
                         CIHSM_E_CONFIG);
    }
    assert_int_equal(manifest_header("A: a\0b\n", 7, "A", &value, NULL), CIHSM_E_CONFIG);
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_header),
        cmocka_unit_test(refuses_what_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
