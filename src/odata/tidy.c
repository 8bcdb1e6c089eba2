/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/tidy.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define DATE_DIGITS_MAX 15              /* year 9999 has 15; keeps the sum below 2^63 */
#define DATE_MS_MIN (-62135596800000LL) /* 0001-01-01T00:00:00.000Z */
#define DATE_MS_MAX 253402300799999LL   /* 9999-12-31T23:59:59.999Z */

#define DAY_MS 86400000LL
#define DAYS_OF_ERA 146097LL  /* 400 years */
#define DAYS_TO_1970 719468LL /* from 0000-03-01 */

static const char DATE_OPEN[] = "/Date(";

static const char *read_digits(const char *at, size_t max, int64_t *out)
{
    int64_t value = 0;
    size_t count = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (++count > max) {
            return NULL;
        }
        value = value * 10 + (*at - '0');
    }
    *out = value;
    return count == 0 ? NULL : at;
}

static bool read_date(const char *text, bool offset_allowed, int64_t *ms)
{
    if (!text_starts(text, DATE_OPEN)) {
        return false;
    }
    const char *at = text + sizeof DATE_OPEN - 1;
    const bool negative = *at == '-';
    at = read_digits(negative ? at + 1 : at, DATE_DIGITS_MAX, ms);
    if (at != NULL && offset_allowed && (*at == '+' || *at == '-')) {
        int64_t minutes = 0;
        at = read_digits(at + 1, 4, &minutes);
    }
    if (at == NULL || strcmp(at, ")/") != 0) {
        return false;
    }
    *ms = negative ? -*ms : *ms;
    return *ms >= DATE_MS_MIN && *ms <= DATE_MS_MAX;
}

static char *put_digits(char *at, int64_t number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + width;
}

/* 2026-03-01 of the days since 0000-03-01. Years begin in March here, so that the leap day is the
 * last one; an era has 400 years. */
static char *put_day(char *at, int64_t days)
{
    const int64_t era = days / DAYS_OF_ERA;
    const int64_t day = days % DAYS_OF_ERA;
    const int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    const int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    const bool is_next = month >= 10;
    at = put_digits(at, era * 400 + year + (is_next ? 1 : 0), 4);
    *at++ = '-';
    at = put_digits(at, is_next ? month - 9 : month + 3, 2);
    *at++ = '-';
    return put_digits(at, day_of_year - (153 * month + 2) / 5 + 1, 2);
}

/* 23:59:59, and milliseconds where they are not zero */
static char *put_clock(char *at, int64_t ms)
{
    at = put_digits(at, ms / 3600000, 2);
    *at++ = ':';
    at = put_digits(at, ms / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, ms / 1000 % 60, 2);
    if (ms % 1000 != 0) {
        *at++ = '.';
        at = put_digits(at, ms % 1000, 3);
    }
    return at;
}

bool odata_date_to_iso(const char *text, bool offset_allowed, char out[ODATA_DATE_SIZE])
{
    int64_t ms = 0;
    if (!read_date(text, offset_allowed, &ms)) {
        return false;
    }
    const int64_t since_march_0 = ms + DAYS_TO_1970 * DAY_MS; /* not negative */
    char *at = put_day(out, since_march_0 / DAY_MS);
    *at++ = 'T';
    at = put_clock(at, since_march_0 % DAY_MS);
    *at++ = 'Z';
    *at = '\0';
    return true;
}

/* 2019-03-04T12:00:00, perhaps with a fraction: dates of some sets are written so, in UTC. */
static bool is_without_zone(const char *text)
{
    static const char FORM[] = "0000-00-00T00:00:00";
    size_t at = 0;
    for (; FORM[at] != '\0'; at++) {
        const bool is_digit = text[at] >= '0' && text[at] <= '9';
        if (FORM[at] == '0' ? !is_digit : text[at] != FORM[at]) {
            return false;
        }
    }
    const size_t digits = text[at] == '.' ? strspn(text + at + 1, "0123456789") : 0;
    return text[digits == 0 ? at : at + 1 + digits] == '\0';
}

typedef struct tidier {
    const odata_types *types;
    cihsm_error *err;
} tidier;

static const char *type_of(const tidier *tidy, const char *owner, const char *property)
{
    if (tidy->types->type_of == NULL || owner == NULL) {
        return NULL;
    }
    return tidy->types->type_of(tidy->types->user, owner, property);
}

/* The types of one entity: what the server calls it, then what the caller expects. */
typedef struct owners {
    const char *named;    /* __metadata.type, or NULL */
    const char *expected; /* or NULL */
} owners;

static cihsm_status add_zone(const tidier *tidy, const char *from, cihsm_value *text)
{
    CIHSM_AUTO(text_free) char *iso = NULL;
    CIHSM_TRY(text_format(&iso, tidy->err, "%sZ", from));
    return json_assign_string(text, iso, tidy->err);
}

static cihsm_status tidy_text(const tidier *tidy, const owners *of, cihsm_value *text)
{
    const char *from = cihsm_value_string(text);
    const bool lacks_zone = is_without_zone(from);
    if (!lacks_zone && !text_starts(from, DATE_OPEN)) {
        return CIHSM_OK;
    }
    const char *name = cihsm_value_name(text);
    const char *type = type_of(tidy, of->named, name);
    if (type == NULL) {
        type = type_of(tidy, of->expected, name);
    }
    const bool is_utc = text_equal(type, "Edm.DateTime");
    const bool is_date = is_utc || text_equal(type, "Edm.DateTimeOffset");
    if (lacks_zone) {
        return is_utc ? add_zone(tidy, from, text) : CIHSM_OK;
    }
    char iso[ODATA_DATE_SIZE];
    if ((type != NULL && !is_date) || !odata_date_to_iso(from, is_date, iso)) {
        return CIHSM_OK;
    }
    return json_assign_string(text, iso, tidy->err);
}

/* Puts the items of {"results":[…]} in its place. */
static cihsm_status unwrap(const tidier *tidy, cihsm_value *parent, cihsm_value **member)
{
    cihsm_value *results = json_get(*member, "results");
    if (cihsm_value_kind(results) != CIHSM_VALUE_ARRAY || cihsm_value_count(*member) != 1) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *items = cihsm_value_new_array();
    if (items == NULL) {
        return cihsm_fail_memory(tidy->err);
    }
    while (json_first(results) != NULL) {
        CIHSM_AUTO(cihsm_value_free)
        cihsm_value *item = json_detach(results, json_first(results));
        CIHSM_TRY(cihsm_value_append(items, &item, tidy->err));
    }
    cihsm_value *placed = items;
    json_replace(parent, *member, &items);
    *member = placed;
    return CIHSM_OK;
}

static cihsm_status tidy_value(const tidier *tidy, const char *expected, cihsm_value *value);

static cihsm_status tidy_member(const tidier *tidy, const owners *of, cihsm_value *object,
                                cihsm_value *member)
{
    if (cihsm_value_kind(member) == CIHSM_VALUE_STRING) {
        return tidy_text(tidy, of, member);
    }
    if (cihsm_value_get(member, "__deferred") != NULL) {
        json_remove(object, member);
        return CIHSM_OK;
    }
    CIHSM_TRY(unwrap(tidy, object, &member));
    return tidy_value(tidy, NULL, member);
}

static cihsm_status tidy_object(const tidier *tidy, const char *expected, cihsm_value *object)
{
    cihsm_value *metadata = json_get(object, "__metadata");
    const owners of = {cihsm_value_get_string(metadata, "type"), expected};
    cihsm_value *next = NULL;
    for (cihsm_value *member = json_first(object); member != NULL; member = next) {
        next = json_next(member);
        if (member != metadata) {
            CIHSM_TRY(tidy_member(tidy, &of, object, member));
        }
    }
    if (metadata != NULL) {
        json_remove(object, metadata); /* last: it holds the type name used above */
    }
    return CIHSM_OK;
}

static cihsm_status tidy_value(const tidier *tidy, const char *expected, cihsm_value *value)
{
    if (cihsm_value_kind(value) == CIHSM_VALUE_OBJECT) {
        return tidy_object(tidy, expected, value);
    }
    if (cihsm_value_kind(value) != CIHSM_VALUE_ARRAY) {
        return CIHSM_OK;
    }
    for (cihsm_value *item = json_first(value); item != NULL; item = json_next(item)) {
        CIHSM_TRY(tidy_value(tidy, expected, item));
    }
    return CIHSM_OK;
}

cihsm_status odata_tidy(cihsm_value *value, const char *owner, const odata_types *types,
                        cihsm_error *err)
{
    const tidier tidy = {types, err};
    return tidy_value(&tidy, owner, value);
}
