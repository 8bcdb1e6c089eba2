/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/tidy.h"

typedef struct date_row {
    const char *text;
    bool offset_allowed;
    const char *iso; /* NULL: no date */
} date_row;

static const date_row DATES[] = {
    {"/Date(0)/", false, "1970-01-01T00:00:00Z"},
    {"/Date(1611846759032)/", false, "2021-01-28T15:12:39.032Z"},
    {"/Date(1611846759000)/", false, "2021-01-28T15:12:39Z"},
    {"/Date(1)/", false, "1970-01-01T00:00:00.001Z"},
    {"/Date(-1)/", false, "1969-12-31T23:59:59.999Z"},
    {"/Date(-1000)/", false, "1969-12-31T23:59:59Z"},
    {"/Date(-0)/", false, "1970-01-01T00:00:00Z"},
    {"/Date(951782400000)/", false, "2000-02-29T00:00:00Z"},
    {"/Date(253402300799999)/", false, "9999-12-31T23:59:59.999Z"},
    {"/Date(253402300800000)/", false, NULL},
    {"/Date(-62135596800000)/", false, "0001-01-01T00:00:00Z"},
    {"/Date(-62135510400000)/", false, "0001-01-02T00:00:00Z"},
    {"/Date(951782399999)/", false, "2000-02-28T23:59:59.999Z"},
    {"/Date(951782400000)/", false, "2000-02-29T00:00:00Z"},
    {"/Date(951868800000)/", false, "2000-03-01T00:00:00Z"},
    {"/Date(-2203891200000)/", false, "1900-03-01T00:00:00Z"},
    {"/Date(-2203977600000)/", false, "1900-02-28T00:00:00Z"},
    {"/Date(1735689599999)/", false, "2024-12-31T23:59:59.999Z"},
    {"/Date(-62135596800001)/", false, NULL},
    {"/Date(9223372036854775807)/", false, NULL},
    {"/Date(-9223372036854775808)/", false, NULL},
    {"/Date(99999999999999999999999999999999)/", false, NULL},
    {"/Date(1000+0000)/", true, "1970-01-01T00:00:01Z"},
    {"/Date(1000-0060)/", true, "1970-01-01T00:00:01Z"},
    {"/Date(1000+0000)/", false, NULL},
    {"/Date(1000+)/", true, NULL},
    {"/Date(1000+00000)/", true, NULL},
    {"/Date()/", true, NULL},
    {"/Date(-)/", true, NULL},
    {"/Date(+5)/", true, NULL},
    {"/Date( 5)/", true, NULL},
    {"/Date(5)", true, NULL},
    {"/Date(5)/ ", true, NULL},
    {" /Date(5)/", true, NULL},
    {"/date(5)/", true, NULL},
    {"/Date(0x5)/", true, NULL},
    {"/Date(1.5)/", true, NULL},
    {"2026-11-01T10:00:00", true, NULL},
    {"", true, NULL},
};

static void converts_exactly_what_is_a_date(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
        char iso[ODATA_DATE_SIZE] = "";
        const bool done = odata_date_to_iso(DATES[i].text, DATES[i].offset_allowed, iso);
        if (done != (DATES[i].iso != NULL)) {
            print_error("%s gave \"%s\"\n", DATES[i].text, iso);
        }
        assert_int_equal(done, DATES[i].iso != NULL);
        assert_string_equal(iso, DATES[i].iso == NULL ? "" : DATES[i].iso);
    }
}

static const char *type_of(const void *user, const char *owner, const char *property)
{
    assert_string_equal(user, "types");
    if (strcmp(owner, "ns.Known") != 0 && strcmp(owner, "Set") != 0) {
        return NULL;
    }
    if (strcmp(property, "When") == 0) {
        return "Edm.DateTime";
    }
    if (strcmp(property, "Since") == 0) {
        return "Edm.DateTimeOffset";
    }
    return strcmp(property, "Text") == 0 ? "Edm.String" : NULL;
}

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static void assert_tidied(const char *owner, const char *from, const char *to)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(4096);
    const odata_types types = {type_of, "types"};
    assert_int_equal(cihsm_value_parse(from, strlen(from), &value, NULL), CIHSM_OK);
    assert_int_equal(odata_tidy(value, owner, &types, NULL), CIHSM_OK);
    assert_int_equal(cihsm_value_write(value, 0, collect, &text, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&text), to);
}

static void removes_metadata_and_deferred_members_everywhere(void **state)
{
    (void)state;
    assert_tidied(NULL,
                  "[{\"__metadata\":{\"uri\":\"u\"},\"A\":1,\"N\":{\"__deferred\":{\"uri\":\"u\"}},"
                  "\"C\":{\"B\":\"x\",\"__metadata\":{\"type\":\"t\"}},"
                  "\"L\":{\"__deferred\":{\"uri\":\"u\"}}}]",
                  "[{\"A\":1,\"C\":{\"B\":\"x\"}}]");
}

static void unwraps_expanded_collections_in_place(void **state)
{
    (void)state;
    assert_tidied(NULL,
                  "{\"A\":1,\"L\":{\"results\":[{\"__metadata\":{},\"X\":{\"results\":[]}},"
                  "{\"Y\":\"/Date(0)/\"}]},\"Z\":2}",
                  "{\"A\":1,\"L\":[{\"X\":[]},{\"Y\":\"1970-01-01T00:00:00Z\"}],\"Z\":2}");
}

static void keeps_an_expanded_collection_that_has_more_than_its_results(void **state)
{
    (void)state;
    assert_tidied(NULL, "{\"L\":{\"results\":[{\"__metadata\":{}}],\"__next\":\"u\"}}",
                  "{\"L\":{\"results\":[{}],\"__next\":\"u\"}}");
    assert_tidied(NULL, "{\"L\":{\"results\":\"text\"}}", "{\"L\":{\"results\":\"text\"}}");
}

static void converts_dates_by_type_first_and_by_form_otherwise(void **state)
{
    (void)state;
    static const char FROM[] =
        "{\"__metadata\":{\"type\":\"ns.Known\"},\"When\":\"/Date(0+0060)/\","
        "\"Since\":\"/Date(1)/\",\"Text\":\"/Date(0)/\","
        "\"Other\":\"/Date(0)/\",\"Odd\":\"/Date(0+0060)/\"}";
    static const char TO[] = "{\"When\":\"1970-01-01T00:00:00Z\","
                             "\"Since\":\"1970-01-01T00:00:00.001Z\",\"Text\":\"/Date(0)/\","
                             "\"Other\":\"1970-01-01T00:00:00Z\",\"Odd\":\"/Date(0+0060)/\"}";
    assert_tidied(NULL, FROM, TO);
    assert_tidied("Set", FROM, TO);
    assert_tidied("Set",
                  "[{\"__metadata\":{\"type\":\"unknown\"},\"When\":\"/Date(0+0000)/\"},"
                  "{\"Text\":\"/Date(0)/\"}]",
                  "[{\"When\":\"1970-01-01T00:00:00Z\"},{\"Text\":\"/Date(0)/\"}]");
    /* The caller's set says nothing about what is expanded inside. */
    assert_tidied("Set", "{\"In\":{\"Text\":\"/Date(0)/\"}}",
                  "{\"In\":{\"Text\":\"1970-01-01T00:00:00Z\"}}");
}

static void adds_the_zone_that_a_date_of_the_server_lacks(void **state)
{
    (void)state;
    assert_tidied("Set", "{\"When\":\"2026-11-01T10:00:00\"}",
                  "{\"When\":\"2026-11-01T10:00:00Z\"}");
    assert_tidied("Set", "{\"When\":\"2026-11-01T10:00:00.25\"}",
                  "{\"When\":\"2026-11-01T10:00:00.25Z\"}");
    static const char *const OTHERS[] = {"2026-11-01",           "2026-11-01T10:00:00.",
                                         "2026-11-01T10:00:00 ", "2026-11-01T10:00",
                                         "2026-11-01 10:00:00",  "a026-11-01T10:00:00"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        char same[64];
        snprintf(same, sizeof same, "{\"When\":\"%s\"}", OTHERS[i]);
        assert_tidied("Set", same, same);
    }
}

static void leaves_everything_else_as_it_came(void **state)
{
    (void)state;
    static const char SAME[] =
        "{\"Size\":\"9223372036854775807\",\"When\":\"2026-11-01T10:00:00Z\","
        "\"Since\":\"2026-11-01T10:00:00+01:00\",\"Text\":\"2026-11-01T10:00:00\","
        "\"Other\":\"2026-11-01T10:00:00\",\"Created\":\"1611846759032\",\"N\":null,\"B\":true,"
        "\"L\":[\"/Date(\",1],\"K\":\"[]\"}";
    assert_tidied("Set", SAME, SAME);
}

static void manages_without_any_types(void **state)
{
    (void)state;
    static const char FROM[] = "{\"__metadata\":{\"type\":\"ns.Known\"},\"A\":\"/Date(0)/\"}";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    const odata_types none = {0};
    assert_int_equal(cihsm_value_parse(FROM, strlen(FROM), &value, NULL), CIHSM_OK);
    assert_int_equal(odata_tidy(value, "Set", &none, NULL), CIHSM_OK);
    assert_string_equal(cihsm_value_get_string(value, "A"), "1970-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_exactly_what_is_a_date),
        cmocka_unit_test(removes_metadata_and_deferred_members_everywhere),
        cmocka_unit_test(unwraps_expanded_collections_in_place),
        cmocka_unit_test(keeps_an_expanded_collection_that_has_more_than_its_results),
        cmocka_unit_test(converts_dates_by_type_first_and_by_form_otherwise),
        cmocka_unit_test(adds_the_zone_that_a_date_of_the_server_lacks),
        cmocka_unit_test(leaves_everything_else_as_it_came),
        cmocka_unit_test(manages_without_any_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
