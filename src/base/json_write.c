/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer. cJSON's own printing is a third as fast (docs/adr/0005), and needs the whole
 * document in memory; this one hands on pieces.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/json_run.h"

#define WRITER_ROOM 4096 /* an entry of a log has about 2 KB */
#define INTEGER_END 1e15 /* from here on %.15g writes an exponent */

/* Collects small pieces. */
typedef struct writer {
    unsigned indent;
    cihsm_write_fn write;
    void *user;
    cihsm_error *err;
    size_t len;
    char bytes[WRITER_ROOM];
} writer;

static cihsm_status flush(writer *to)
{
    const size_t len = to->len;
    to->len = 0;
    return len == 0 ? CIHSM_OK : to->write(to->user, to->bytes, len, to->err);
}

static cihsm_status put(writer *to, const char *bytes, size_t len)
{
    if (len > sizeof to->bytes - to->len) {
        CIHSM_TRY(flush(to));
        if (len > sizeof to->bytes) {
            return to->write(to->user, bytes, len, to->err);
        }
    }
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
    return CIHSM_OK;
}

static cihsm_status put_escaped(writer *to, unsigned char c)
{
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* character, letter */
    for (size_t i = 0; i + 1 < sizeof SHORT; i += 2) {
        if ((unsigned char)SHORT[i] == c) {
            const char pair[2] = {'\\', SHORT[i + 1]};
            return put(to, pair, sizeof pair);
        }
    }
    char code[8];
    const int len = snprintf(code, sizeof code, "\\u%04x", c);
    return put(to, code, (size_t)len);
}

/* U+0080 to U+009F, which some terminals obey. */
static bool is_c1_control(const char *at)
{
    return (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] >= 0x80 &&
           (unsigned char)at[1] <= 0x9f;
}

/* RFC 8259 section 7, and nothing that a terminal obeys; the rest goes out as the UTF-8 it is. */
static cihsm_status put_string(writer *to, const char *text)
{
    const char *end = text + strlen(text);
    const char *from = text;
    CIHSM_TRY(put(to, "\"", 1));
    for (const char *at = text; at < end; at++) {
        at += json_plain_run(at, (size_t)(end - at));
        const unsigned char c = (unsigned char)*at;
        const bool is_c1 = is_c1_control(at);
        if (at == end || (c >= 0x80 && !is_c1)) {
            continue;
        }
        CIHSM_TRY(put(to, from, (size_t)(at - from)));
        at += is_c1 ? 1 : 0;
        CIHSM_TRY(put_escaped(to, (unsigned char)*at));
        from = at + 1;
    }
    CIHSM_TRY(put(to, from, (size_t)(end - from)));
    return put(to, "\"", 1);
}

/* A whole number that a double holds exactly. */
static cihsm_status put_integer(writer *to, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    for (uint64_t rest = (uint64_t)llabs(number); rest > 0 || at == sizeof digits; rest /= 10) {
        digits[--at] = (char)('0' + rest % 10);
    }
    if (number < 0) {
        digits[--at] = '-';
    }
    return put(to, digits + at, sizeof digits - at);
}

static bool is_integer(double number)
{
    return fabs(number) < INTEGER_END && trunc(number) == number &&
           !(number == 0 && signbit(number));
}

/* The locale of the host program may have a comma there (LC_NUMERIC). */
static void set_point(char *text)
{
    char *point = text + strspn(text, "0123456789-+e");
    if (*point != '\0') {
        *point = '.';
    }
}

static cihsm_status put_number(writer *to, double number)
{
    if (!isfinite(number)) {
        return put(to, "null", 4);
    }
    if (is_integer(number)) {
        return put_integer(to, (int64_t)number);
    }
    char text[32];
    int len = snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) != number) {
        len = snprintf(text, sizeof text, "%.17g", number);
    }
    set_point(text);
    return put(to, text, (size_t)len);
}

static cihsm_status put_line(writer *to, unsigned depth)
{
    if (to->indent == 0) {
        return CIHSM_OK;
    }
    CIHSM_TRY(put(to, "\n", 1));
    for (unsigned i = 0; i < depth * to->indent; i++) {
        CIHSM_TRY(put(to, " ", 1));
    }
    return CIHSM_OK;
}

static cihsm_status put_value(writer *to, const cihsm_value *value, unsigned depth);

static cihsm_status put_children(writer *to, const cihsm_value *value, unsigned depth,
                                 const char *brackets)
{
    CIHSM_TRY(put(to, brackets, 1));
    const cihsm_value *first = cihsm_value_first(value);
    for (const cihsm_value *child = first; child != NULL; child = cihsm_value_next(child)) {
        if (child != first) {
            CIHSM_TRY(put(to, ",", 1));
        }
        CIHSM_TRY(put_line(to, depth + 1));
        if (cihsm_value_kind(value) == CIHSM_VALUE_OBJECT) {
            CIHSM_TRY(put_string(to, cihsm_value_name(child)));
            CIHSM_TRY(put(to, ": ", to->indent == 0 ? 1 : 2));
        }
        CIHSM_TRY(put_value(to, child, depth + 1));
    }
    if (first != NULL) {
        CIHSM_TRY(put_line(to, depth));
    }
    return put(to, brackets + 1, 1);
}

static cihsm_status put_value(writer *to, const cihsm_value *value, unsigned depth)
{
    double number = 0;
    switch (cihsm_value_kind(value)) {
    case CIHSM_VALUE_NULL:
        return put(to, "null", 4);
    case CIHSM_VALUE_BOOL:
        return cihsm_value_is_true(value) ? put(to, "true", 4) : put(to, "false", 5);
    case CIHSM_VALUE_NUMBER:
        (void)cihsm_value_number(value, &number);
        return put_number(to, number);
    case CIHSM_VALUE_STRING:
        return put_string(to, cihsm_value_string(value));
    case CIHSM_VALUE_ARRAY:
        return put_children(to, value, depth, "[]");
    case CIHSM_VALUE_OBJECT:
        return put_children(to, value, depth, "{}");
    }
    return CIHSM_E_INTERNAL;
}

cihsm_status cihsm_value_write(const cihsm_value *value, unsigned indent, cihsm_write_fn write,
                               void *user, cihsm_error *err)
{
    cihsm_error_clear(err);
    writer to;
    to.indent = indent;
    to.write = write;
    to.user = user;
    to.err = err;
    to.len = 0;
    CIHSM_TRY(put_value(&to, value, 0));
    return flush(&to);
}
