/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/lean.h"

#define LINK "{\"__deferred\":{\"uri\":\"https://t/a('1')\"}}"

static void makes(const char *text, const char *wanted)
{
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(1000);
    assert_int_equal(odata_lean(text, strlen(text), &out, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&out), wanted);
}

static void links_are_left_out(void **state)
{
    (void)state;
    makes("{\"a\":1,\"b\":" LINK "}", "{\"a\":1}");
    makes("{\"a\":{\"x\":2},\"b\":" LINK ",\"c\":" LINK ",\"d\":\"e\"}",
          "{\"a\":{\"x\":2},\"d\":\"e\"}");
    makes("{\"a\":{\"x\":2,\"b\":" LINK "},\"c\":null,\"d\":" LINK "}",
          "{\"a\":{\"x\":2},\"c\":null}");
}

static void all_else_stays(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "",
        "{",
        "{\"a\":1}",
        "{\"b\":" LINK "}",
        "{\"b\":" LINK ",\"a\":1}",
        "[1," LINK "]",
        "{\"a\":1,\"b\": " LINK "}",
        "{\"a\":1, \"b\":" LINK "}",
        "{\"a\":1 ,\"b\":" LINK "}",
        "{\"results\":[],\"b\":" LINK "}",
        "{\"a\":1,\"b\\\"c\":" LINK "}",
        "{\"a\":1,\"b\":{\"__deferred\":{\"uri\":\"x\\\"}}\"}}}",
        "{\"a\":1,\"b\":{\"__deferred\":{\"uri\":\"x\"},\"more\":1}}",
        "{\"a\":1,\"b\":{\"__deferred\":{\"uri\":\"x\",\"more\":1}}}",
        "{\"a\":1,\"b\":{\"__deferred\":{\"uri\":\"x",
        "{\"a\":1,\"b\":{\"__deferred\":{\"uri\":\"",
        "{\"a\":\",\\\"b\\\":{\\\"__deferred\\\":{\\\"uri\\\":\\\"x\\\"}}\"}",
        ",\"\":"
        "{\"__deferred\":{\"uri\":\"",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        makes(TEXTS[i], TEXTS[i]);
    }
}

static void what_is_no_json_breaks_nothing(void **state)
{
    (void)state;
    makes("1,\"b\":" LINK "\":" LINK, "1\":" LINK);
    makes("1,\"b\":" LINK ":" LINK, "1:" LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_left_out),
        cmocka_unit_test(all_else_stays),
        cmocka_unit_test(what_is_no_json_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
