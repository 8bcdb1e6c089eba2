/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/literal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/time.h"

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define NUMBER_MAX_BYTES 64   /* of a number, a time or a guid */
#define DECIMAL_DIGITS_MAX 29 /* before and after the point, together */

typedef struct literal_type literal_type;

/* Writes a value that is terminated, not longer than NUMBER_MAX_BYTES. */
typedef cihsm_status (*literal_fn)(const literal_type *type, const char *text, buffer *out,
                                   cihsm_error *err);

struct literal_type {
    const char *name;
    literal_fn write;
    int64_t min; /* of whole numbers */
    int64_t max;
    const char *suffix; /* of numbers; a person may write it too */
    const char *wanted; /* what a value looks like */
};

static cihsm_status refuse(const literal_type *type, const char *text, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.60s\" is no %s: write %s", text, type->name,
                            type->wanted);
}

/* The number without its suffix, in place. */
static void drop_suffix(const literal_type *type, char *text)
{
    const size_t len = strlen(text);
    const size_t suffix = strlen(type->suffix);
    if (len > suffix && strcasecmp(text + len - suffix, type->suffix) == 0) {
        text[len - suffix] = '\0';
    }
}

static cihsm_status put_number(const literal_type *type, const char *number, buffer *out,
                               cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, number, err));
    return buffer_append_text(out, type->suffix, err);
}

/* True for an optional sign and digits, nothing else. */
static bool is_whole(const char *text)
{
    const char *digits = text + (*text == '-' ? 1 : 0);
    const size_t count = strspn(digits, DIGITS);
    return count > 0 && digits[count] == '\0';
}

static cihsm_status write_whole(const literal_type *type, const char *text, buffer *out,
                                cihsm_error *err)
{
    char number[NUMBER_MAX_BYTES + 1];
    snprintf(number, sizeof number, "%s", text);
    drop_suffix(type, number);
    errno = 0;
    const long long value = is_whole(number) ? strtoll(number, NULL, 10) : 0;
    if (!is_whole(number) || errno != 0 || value < type->min || value > type->max) {
        return refuse(type, text, err);
    }
    snprintf(number, sizeof number, "%lld", value);
    return put_number(type, number, out, err);
}

static cihsm_status write_decimal(const literal_type *type, const char *text, buffer *out,
                                  cihsm_error *err)
{
    char number[NUMBER_MAX_BYTES + 1];
    snprintf(number, sizeof number, "%s", text);
    drop_suffix(type, number);
    const char *whole = number + (*number == '-' ? 1 : 0);
    const size_t before = strspn(whole, DIGITS);
    const char *point = whole + before;
    const size_t after = *point == '.' ? strspn(point + 1, DIGITS) : 0;
    const char *end = point + (*point == '.' ? after + 1 : 0);
    if (before == 0 || (*point == '.' && after == 0) || *end != '\0' ||
        before + after > DECIMAL_DIGITS_MAX) {
        return refuse(type, text, err);
    }
    return put_number(type, number, out, err);
}

/* Only what OData allows: strtod takes hex, blanks and names as well. */
static bool looks_floating(const char *text)
{
    return strspn(text, DIGITS "+-.eE") == strlen(text) && strpbrk(text, DIGITS) != NULL &&
           *text != '+';
}

static cihsm_status write_floating(const literal_type *type, const char *text, buffer *out,
                                   cihsm_error *err)
{
    char number[NUMBER_MAX_BYTES + 1];
    snprintf(number, sizeof number, "%s", text);
    drop_suffix(type, number);
    const bool is_single = *type->suffix == 'f';
    char *end = number;
    const double value = is_single ? (double)strtof(number, &end) : strtod(number, &end);
    if (!looks_floating(number) || *end != '\0' || !isfinite(value)) {
        return refuse(type, text, err);
    }
    return put_number(type, number, out, err);
}

static cihsm_status write_boolean(const literal_type *type, const char *text, buffer *out,
                                  cihsm_error *err)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return refuse(type, text, err);
    }
    return buffer_append_text(out, text, err);
}

static cihsm_status write_moment(const literal_type *type, const char *text, buffer *out,
                                 cihsm_error *err)
{
    int64_t ms = 0;
    CIHSM_TRY(cihsm_time_read_date(text, &ms, err));
    return odata_literal_append_time(type->name, ms, out, err);
}

/* PT14H30M5.250S: designators in their order, each with digits, at least one. */
static bool is_duration(const char *text)
{
    static const char DESIGNATORS[] = "HMS";
    if (!text_starts(text, "PT") || text[2] == '\0') {
        return false;
    }
    const char *from = DESIGNATORS;
    for (const char *at = text + 2; *at != '\0'; at++) {
        const size_t digits = strspn(at, DIGITS);
        at += digits;
        if (*at == '.') {
            const size_t fraction = strspn(at + 1, DIGITS);
            at += fraction + 1;
            if (fraction == 0 || *at != 'S') {
                return false;
            }
        }
        from = digits == 0 || *at == '\0' ? NULL : strchr(from, *at);
        if (from == NULL) {
            return false;
        }
        from++;
    }
    return true;
}

/* 14:30 or 14:30:05, read as the clock of some day. */
static cihsm_status write_clock(const literal_type *type, const char *text, buffer *out,
                                cihsm_error *err)
{
    char moment[NUMBER_MAX_BYTES + 16];
    snprintf(moment, sizeof moment, "1970-01-01T%s", text);
    int64_t ms = 0;
    if (strspn(text, DIGITS ":.") != strlen(text) ||
        cihsm_time_read_date(moment, &ms, NULL) != CIHSM_OK) {
        return refuse(type, text, err);
    }
    char literal[NUMBER_MAX_BYTES];
    const int64_t seconds = ms / 1000;
    snprintf(literal, sizeof literal, "time'PT%" PRId64 "H%" PRId64 "M%" PRId64, seconds / 3600,
             seconds / 60 % 60, seconds % 60);
    CIHSM_TRY(buffer_append_text(out, literal, err));
    snprintf(literal, sizeof literal, ".%03" PRId64, ms % 1000);
    CIHSM_TRY(buffer_append_text(out, ms % 1000 == 0 ? "" : literal, err));
    return buffer_append_text(out, "S'", err);
}

static cihsm_status put_quoted(const char *prefix, const char *text, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, prefix, err));
    CIHSM_TRY(buffer_append_text(out, "'", err));
    CIHSM_TRY(buffer_append_text(out, text, err));
    return buffer_append_text(out, "'", err);
}

static cihsm_status write_time(const literal_type *type, const char *text, buffer *out,
                               cihsm_error *err)
{
    return is_duration(text) ? put_quoted("time", text, out, err)
                             : write_clock(type, text, out, err);
}

static cihsm_status write_guid(const literal_type *type, const char *text, buffer *out,
                               cihsm_error *err)
{
    static const size_t GROUPS[] = {8, 4, 4, 4, 12};
    const char *at = text;
    for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++) {
        const char after = i + 1 < sizeof GROUPS / sizeof *GROUPS ? '-' : '\0';
        if (strspn(at, HEX_DIGITS) != GROUPS[i] || at[GROUPS[i]] != after) {
            return refuse(type, text, err);
        }
        at += GROUPS[i] + 1;
    }
    return put_quoted("guid", text, out, err);
}

static const literal_type TYPES[] = {
    {"Edm.Boolean", write_boolean, 0, 0, "", "true or false"},
    {"Edm.Byte", write_whole, 0, UINT8_MAX, "", "a whole number from 0 to 255"},
    {"Edm.SByte", write_whole, INT8_MIN, INT8_MAX, "", "a whole number from -128 to 127"},
    {"Edm.Int16", write_whole, INT16_MIN, INT16_MAX, "", "a whole number from -32768 to 32767"},
    {"Edm.Int32", write_whole, INT32_MIN, INT32_MAX, "",
     "a whole number from -2147483648 to 2147483647"},
    {"Edm.Int64", write_whole, INT64_MIN, INT64_MAX, "L", "a whole number of 64 bits"},
    {"Edm.Decimal", write_decimal, 0, 0, "M", "a number like 12.50, with at most 29 digits"},
    {"Edm.Double", write_floating, 0, 0, "d", "a number like 1.5 or 1.5e10"},
    {"Edm.Single", write_floating, 0, 0, "f", "a number like 1.5 or 1.5e10"},
    {"Edm.DateTime", write_moment, 0, 0, "", ""},
    {"Edm.DateTimeOffset", write_moment, 0, 0, "", ""},
    {"Edm.Time", write_time, 0, 0, "", "14:30:05 or PT14H30M5S"},
    {"Edm.Guid", write_guid, 0, 0, "", "hex digits in groups of 8-4-4-4-12"},
};

static cihsm_status append_string(const char *text, size_t len, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(buffer_append_text(out, "'", err));
    for (size_t i = 0; i < len; i++) {
        CIHSM_TRY(buffer_append(out, text + i, 1, err));
        if (text[i] == '\'') {
            CIHSM_TRY(buffer_append_text(out, "'", err));
        }
    }
    return buffer_append_text(out, "'", err);
}

static cihsm_status append_binary(const char *text, size_t len, buffer *out, cihsm_error *err)
{
    if (!odata_is_hex(text, len)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.*s\" is no Edm.Binary: write an even number of hex digits",
                                (int)(len > 60 ? 60 : len), text);
    }
    CIHSM_TRY(buffer_append_text(out, "X'", err));
    CIHSM_TRY(buffer_append(out, text, len, err));
    return buffer_append_text(out, "'", err);
}

cihsm_status odata_literal_append(const char *type, const char *text, size_t len, buffer *out,
                                  cihsm_error *err)
{
    if (strcmp(type, "Edm.Binary") == 0) {
        return append_binary(text, len, out, err);
    }
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcmp(TYPES[i].name, type) == 0) {
            char value[NUMBER_MAX_BYTES + 1];
            snprintf(value, sizeof value, "%.*s", (int)(len > sizeof value ? sizeof value : len),
                     text);
            return len > NUMBER_MAX_BYTES ? refuse(&TYPES[i], value, err)
                                          : TYPES[i].write(&TYPES[i], value, out, err);
        }
    }
    return append_string(text, len, out, err);
}

cihsm_status odata_literal_append_time(const char *type, int64_t ms, buffer *out, cihsm_error *err)
{
    const bool has_zone = strcmp(type, "Edm.DateTimeOffset") == 0;
    char time[CIHSM_TIME_SIZE];
    cihsm_time_write(ms, time);
    CIHSM_TRY(buffer_append_text(out, has_zone ? "datetimeoffset'" : "datetime'", err));
    CIHSM_TRY(buffer_append_text(out, time, err));
    return buffer_append_text(out, has_zone ? "Z'" : "'", err);
}

bool odata_is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr(HEX_DIGITS, text[i]) == NULL) {
            return false;
        }
    }
    return len % 2 == 0;
}

cihsm_status odata_hex_append(const char *bytes, size_t len, buffer *out, cihsm_error *err)
{
    static const char UPPER[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        const char pair[2] = {UPPER[byte >> 4], UPPER[byte & 15]};
        CIHSM_TRY(buffer_append(out, pair, sizeof pair, err));
    }
    return CIHSM_OK;
}
