/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cihsm/scope.h"
#include "cmocka_all.h"
#include "odata/literal.h"

typedef struct literal_row {
    const char *type;
    const char *text;
    const char *literal; /* NULL: refused */
} literal_row;

static const literal_row ROWS[] = {
    {"Edm.String", "", "''"},
    {"Edm.String", "a b", "'a b'"},
    {"Edm.String", "O'Brien", "'O''Brien'"},
    {"Edm.String", "''", "''''''"},
    {"Edm.String",
     "gr\xc3\xb6\xc3\x9f"
     "er",
     "'gr\xc3\xb6\xc3\x9f"
     "er'"},
    {"Edm.Unknown", "5", "'5'"},
    {"Edm.Boolean", "true", "true"},
    {"Edm.Boolean", "false", "false"},
    {"Edm.Boolean", "TRUE", NULL},
    {"Edm.Boolean", "1", NULL},
    {"Edm.Boolean", "", NULL},
    {"Edm.Byte", "0", "0"},
    {"Edm.Byte", "255", "255"},
    {"Edm.Byte", "256", NULL},
    {"Edm.Byte", "-1", NULL},
    {"Edm.SByte", "-128", "-128"},
    {"Edm.SByte", "127", "127"},
    {"Edm.SByte", "128", NULL},
    {"Edm.SByte", "-129", NULL},
    {"Edm.Int16", "32767", "32767"},
    {"Edm.Int16", "-32768", "-32768"},
    {"Edm.Int16", "32768", NULL},
    {"Edm.Int32", "0", "0"},
    {"Edm.Int32", "007", "7"},
    {"Edm.Int32", "-2147483648", "-2147483648"},
    {"Edm.Int32", "2147483647", "2147483647"},
    {"Edm.Int32", "2147483648", NULL},
    {"Edm.Int32", "-2147483649", NULL},
    {"Edm.Int32", "1901L", NULL},
    {"Edm.Int32", "", NULL},
    {"Edm.Int32", "-", NULL},
    {"Edm.Int32", "+5", NULL},
    {"Edm.Int32", " 5", NULL},
    {"Edm.Int32", "5 ", NULL},
    {"Edm.Int32", "0x10", NULL},
    {"Edm.Int32", "1e3", NULL},
    {"Edm.Int32", "1.0", NULL},
    {"Edm.Int64", "1901", "1901L"},
    {"Edm.Int64", "1901L", "1901L"},
    {"Edm.Int64", "1901l", "1901L"},
    {"Edm.Int64", "9223372036854775807", "9223372036854775807L"},
    {"Edm.Int64", "-9223372036854775808", "-9223372036854775808L"},
    {"Edm.Int64", "9223372036854775808", NULL},
    {"Edm.Int64", "-9223372036854775809", NULL},
    {"Edm.Int64", "L", NULL},
    {"Edm.Int64", "1LL", NULL},
    {"Edm.Int64", "99999999999999999999999999999999999999999999999999999999999999999999", NULL},
    {"Edm.Decimal", "12.50", "12.50M"},
    {"Edm.Decimal", "-12", "-12M"},
    {"Edm.Decimal", "12.50m", "12.50M"},
    {"Edm.Decimal", "79228162514264337593543950335", "79228162514264337593543950335M"},
    {"Edm.Decimal", "792281625142643375935439503350", NULL},
    {"Edm.Decimal", "1.", NULL},
    {"Edm.Decimal", ".5", NULL},
    {"Edm.Decimal", "1e3", NULL},
    {"Edm.Decimal", "1,5", NULL},
    {"Edm.Double", "1.5", "1.5d"},
    {"Edm.Double", "-1.5E+10", "-1.5E+10d"},
    {"Edm.Double", "1d", "1d"},
    {"Edm.Double", "1e308", "1e308d"},
    {"Edm.Double", "1e309", NULL},
    {"Edm.Double", "INF", NULL},
    {"Edm.Double", "nan", NULL},
    {"Edm.Double", "0x1p3", NULL},
    {"Edm.Double", "1.5.5", NULL},
    {"Edm.Double", "+1", NULL},
    {"Edm.Double", "d", NULL},
    {"Edm.Double", "-", NULL},
    {"Edm.Single", "1.5", "1.5f"},
    {"Edm.Single", "3.4e38f", "3.4e38f"},
    {"Edm.Single", "3.5e38", NULL},
    {"Edm.DateTime", "2026-03-01T14:30:05", "datetime'2026-03-01T14:30:05'"},
    {"Edm.DateTime", "2026-03-01T14:30:05.250Z", "datetime'2026-03-01T14:30:05.250'"},
    {"Edm.DateTime", "2026-03-01T14:30+01:00", "datetime'2026-03-01T13:30:00'"},
    {"Edm.DateTime", "2026-03-01", "datetime'2026-03-01T00:00:00'"},
    {"Edm.DateTime", "1752-12-31", NULL},
    {"Edm.DateTime", "2h", NULL},
    {"Edm.DateTime", "", NULL},
    {"Edm.DateTimeOffset", "2026-03-01T14:30:05", "datetimeoffset'2026-03-01T14:30:05Z'"},
    {"Edm.DateTimeOffset", "2026-03-01T14:30:05-02", "datetimeoffset'2026-03-01T16:30:05Z'"},
    {"Edm.Time", "14:30", "time'PT14H30M0S'"},
    {"Edm.Time", "14:30:05.25", "time'PT14H30M5.250S'"},
    {"Edm.Time", "PT14H30M5S", "time'PT14H30M5S'"},
    {"Edm.Time", "PT5.5S", "time'PT5.5S'"},
    {"Edm.Time", "24:00", NULL},
    {"Edm.Time", "14:30Z", NULL},
    {"Edm.Time", "14:30+01:00", NULL},
    {"Edm.Time", "PT", NULL},
    {"Edm.Time", "PT5", NULL},
    {"Edm.Time", "PTH", NULL},
    {"Edm.Time", "PT5S3M", NULL},
    {"Edm.Time", "PT5.H", NULL},
    {"Edm.Time", "PT5'S", NULL},
    {"Edm.Guid", "0F8FAD5B-d9cb-469f-a165-70867728950e",
     "guid'0F8FAD5B-d9cb-469f-a165-70867728950e'"},
    {"Edm.Guid", "0f8fad5bd9cb469fa16570867728950e", NULL},
    {"Edm.Guid", "0f8fad5b-d9cb-469f-a165-70867728950", NULL},
    {"Edm.Guid", "0f8fad5b-d9cb-469f-a165-70867728950ee", NULL},
    {"Edm.Guid", "gf8fad5b-d9cb-469f-a165-70867728950e", NULL},
    {"Edm.Binary", "00fF", "X'00fF'"},
    {"Edm.Binary", "", "X''"},
    {"Edm.Binary", "0", NULL},
    {"Edm.Binary", "zz", NULL},
};

static void writes_each_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const literal_row *row = &ROWS[i];
        CIHSM_AUTO(buffer_free) buffer out = buffer_new(200);
        cihsm_error err = {0};
        const cihsm_status status =
            odata_literal_append(row->type, row->text, strlen(row->text), &out, &err);
        if (row->literal == NULL) {
            if (status != CIHSM_E_USAGE || err.message[0] == '\0') {
                fail_msg("%s %s: %s", row->type, row->text, buffer_text(&out));
            }
        } else if (status != CIHSM_OK || strcmp(buffer_text(&out), row->literal) != 0) {
            fail_msg("%s %s: %s %s", row->type, row->text, buffer_text(&out), err.message);
        }
    }
}

static void says_what_a_value_looks_like(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(200);
    cihsm_error err = {0};
    assert_int_equal(odata_literal_append("Edm.Int32", "abc", 3, &out, &err), CIHSM_E_USAGE);
    assert_string_equal(err.message, "\"abc\" is no Edm.Int32: write a whole number from "
                                     "-2147483648 to 2147483647");
}

/* The text need not end where the value ends. */
static void reads_no_further_than_the_value(void **state)
{
    (void)state;
    static const char *const TYPES[] = {"Edm.String", "Edm.Int32", "Edm.Binary"};
    static const char *const LITERALS[] = {"'12'", "12", "X'12'"};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        CIHSM_AUTO(buffer_free) buffer out = buffer_new(200);
        assert_int_equal(odata_literal_append(TYPES[i], "12)'x", 2, &out, NULL), CIHSM_OK);
        assert_string_equal(buffer_text(&out), LITERALS[i]);
    }
}

static void writes_hex_in_capitals(void **state)
{
    (void)state;
    CIHSM_AUTO(buffer_free) buffer out = buffer_new(200);
    assert_int_equal(odata_hex_append("my/k\xc3\xb6", 6, &out, NULL), CIHSM_OK);
    assert_string_equal(buffer_text(&out), "6D792F6BC3B6");
    assert_true(odata_is_hex("6d792F", 6));
    assert_true(odata_is_hex("", 0));
    assert_false(odata_is_hex("6d7", 3));
    assert_false(odata_is_hex("6g", 2));
    assert_false(odata_is_hex("6\0", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_type),
        cmocka_unit_test(says_what_a_value_looks_like),
        cmocka_unit_test(reads_no_further_than_the_value),
        cmocka_unit_test(writes_hex_in_capitals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
