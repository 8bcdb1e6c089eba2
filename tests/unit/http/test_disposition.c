/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "http/disposition.h"

typedef struct row {
    const char *value;
    const char *extended;
    const char *plain;
} row;

static void assert_read(const row *expected)
{
    CIHSM_AUTO(http_disposition_free) http_disposition said = {0};
    assert_int_equal(http_disposition_read(expected->value, &said, NULL), CIHSM_OK);
    if (!text_equal(said.extended, expected->extended) ||
        !text_equal(said.plain, expected->plain)) {
        fail_msg("%s: %s, %s", expected->value, said.extended == NULL ? "-" : said.extended,
                 said.plain == NULL ? "-" : said.plain);
    }
}

static void assert_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_read(&rows[i]);
    }
}

static void reads_the_names(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"attachment; filename=\"Orders.zip\"", NULL, "Orders.zip"},
        {"attachment; filename=Orders.zip", NULL, "Orders.zip"},
        {"attachment;filename = Orders.zip ; size=3", NULL, "Orders.zip"},
        {"ATTACHMENT; FileName=\"x\"", NULL, "x"},
        {"inline; filename=\"x\"", NULL, "x"},
        {"filename=x", NULL, "x"},
        {"attachment; filename=my file.zip", NULL, "my file.zip"},
        {"attachment; filename=\"a;b=c.zip\"", NULL, "a;b=c.zip"},
        {"attachment; filename=\"a\\\"b\\\\c\"", NULL, "a\"b\\c"},
        {"attachment; filename=\"C:\\temp\\x\"", NULL, "C:\\temp\\x"},
        {"attachment; filename=\"foo%20bar\"", NULL, "foo%20bar"},
        {"attachment; filename=\"\"", NULL, ""},
        {"attachment; filename*=UTF-8''Gr%C3%B6%c3%9Fe.zip",
         "Gr\xc3\xb6\xc3\x9f"
         "e.zip",
         NULL},
        {"attachment; filename*=utf-8'de'x.zip", "x.zip", NULL},
        {"attachment; filename=\"y\"; filename*=UTF-8''x", "x", "y"},
        {"attachment; filename*=UTF-8''x; filename=y", "x", "y"},
        {"attachment; filename*=\"UTF-8''x\"", "x", NULL},
        {"attachment; filename=a; filename=b", NULL, "a"},
        {"attachment; name=\"x; filename=evil\"; filename=ok", NULL, "ok"},
        {"attachment; filename*=UTF-8''..%2F..%2Fevil", "../../evil", NULL},
    };
    assert_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

static void leaves_out_what_is_malformed(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"", NULL, NULL},
        {"attachment", NULL, NULL},
        {";;; ;", NULL, NULL},
        {"=", NULL, NULL},
        {"attachment; filename", NULL, NULL},
        {"attachment; filenames=x", NULL, NULL},
        {"attachment; xfilename=x", NULL, NULL},
        {"attachment; filename=\"x", NULL, NULL},
        {"attachment; filename=\"x\\\"", NULL, NULL},
        {"attachment; filename=\"x; filename=y", NULL, NULL},
        {"attachment; filename*=x", NULL, NULL},
        {"attachment; filename*=UTF-8'x", NULL, NULL},
        {"attachment; filename*=ISO-8859-1''%E4; filename=y", NULL, "y"},
        {"attachment; filename*=UTF-8''a%0", NULL, NULL},
        {"attachment; filename*=UTF-8''a%", NULL, NULL},
        {"attachment; filename*=UTF-8''a%zz", NULL, NULL},
        {"attachment; filename*=UTF-8''a%\x10\x11", NULL, NULL},
        {"attachment; filename*=UTF-8''a%00.zip", NULL, NULL},
    };
    assert_rows(ROWS, sizeof ROWS / sizeof *ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_names),
        cmocka_unit_test(leaves_out_what_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
