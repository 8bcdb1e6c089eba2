/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_guard.h"

#include <string.h>

#include "base/error.h"
#include "base/json_run.h"
#include "base/text.h"
#include "cihsm/value.h"

static const char LARGEST_EXACT[] = "9007199254740992"; /* 2^53 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number starts at text[at]; tells where it ends. */
static size_t number_end(const char *text, size_t len, size_t at)
{
    while (at < len && (is_digit(text[at]) || (text[at] != '\0' && strchr("+-.eE", text[at])))) {
        at++;
    }
    return at;
}

static size_t digits_end(const char *text, size_t at, size_t end)
{
    while (at < end && is_digit(text[at])) {
        at++;
    }
    return at;
}

/* RFC 8259 section 6: [ minus ] int [ frac ] [ exp ] */
static bool is_number(const char *text, size_t at, size_t end)
{
    at += at < end && text[at] == '-';
    const size_t whole = at;
    at = digits_end(text, at, end);
    if (at == whole || (text[whole] == '0' && at > whole + 1)) {
        return false;
    }
    if (at < end && text[at] == '.') {
        const size_t fraction = at + 1;
        at = digits_end(text, fraction, end);
        if (at == fraction) {
            return false;
        }
    }
    if (at < end && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < end && (text[at] == '+' || text[at] == '-');
        const size_t exponent = at;
        at = digits_end(text, exponent, end);
        if (at == exponent) {
            return false;
        }
    }
    return at == end;
}

static bool is_wide_integer(const char *text, size_t at, size_t end)
{
    at += text[at] == '-';
    const size_t digits = end - at;
    if (digits_end(text, at, end) != end || digits < sizeof LARGEST_EXACT - 1) {
        return false;
    }
    return digits > sizeof LARGEST_EXACT - 1 || memcmp(text + at, LARGEST_EXACT, digits) > 0;
}

/* text[at] is the opening quote; tells where the string ends, behind its closing quote. */
static cihsm_status string_end(const char *text, size_t len, size_t at, size_t *end,
                               cihsm_error *err)
{
    for (size_t i = at + 1; i < len; i++) {
        i += json_plain_run(text + i, len - i);
        if (i == len) {
            break;
        }
        if (text[i] == '"') {
            *end = i + 1;
            return CIHSM_OK;
        }
        if ((unsigned char)text[i] < 0x20) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                    "not JSON, a control character in a string, byte %zu", i + 1);
        }
        if (text[i] == '\\') {
            if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) {
                return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                        "JSON string with a NUL character, byte %zu", i + 1);
            }
            i++;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "not JSON, a string is not closed, byte %zu",
                            at + 1);
}

static cihsm_status count_depth(char c, size_t *depth, cihsm_error *err)
{
    if (c == '[' || c == '{') {
        (*depth)++;
    }
    if ((c == ']' || c == '}') && *depth > 0) {
        (*depth)--;
    }
    if (*depth > CIHSM_VALUE_DEPTH_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "JSON has more than %d levels",
                                CIHSM_VALUE_DEPTH_MAX);
    }
    return CIHSM_OK;
}

/* cJSON takes all of them for blanks, the NUL too. */
static cihsm_status refuse_control(char c, size_t at, cihsm_error *err)
{
    if ((unsigned char)c >= 0x20 || c == '\t' || c == '\n' || c == '\r') {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "not JSON, a control character, byte %zu",
                            at + 1);
}

cihsm_status json_guard_check(const char *text, size_t len, bool *has_wide_integers,
                              cihsm_error *err)
{
    *has_wide_integers = false;
    if (!text_is_utf8(text, len)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "not JSON, text is not UTF-8");
    }
    size_t depth = 0;
    for (size_t at = 0; at < len;) {
        if (text[at] == '"') {
            CIHSM_TRY(string_end(text, len, at, &at, err));
        } else if (is_digit(text[at]) || text[at] == '-') {
            const size_t end = number_end(text, len, at);
            if (!is_number(text, at, end)) {
                return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "not JSON, bad number, byte %zu",
                                        at + 1);
            }
            *has_wide_integers = *has_wide_integers || is_wide_integer(text, at, end);
            at = end;
        } else {
            CIHSM_TRY(refuse_control(text[at], at, err));
            CIHSM_TRY(count_depth(text[at], &depth, err));
            at++;
        }
    }
    return CIHSM_OK;
}

cihsm_status json_guard_quote_wide_integers(const char *text, size_t len, buffer *out,
                                            cihsm_error *err)
{
    for (size_t at = 0; at < len;) {
        size_t end = at + 1;
        bool wide = false;
        if (text[at] == '"') {
            CIHSM_TRY(string_end(text, len, at, &end, err));
        } else if (is_digit(text[at]) || text[at] == '-') {
            end = number_end(text, len, at);
            wide = is_wide_integer(text, at, end);
        }
        CIHSM_TRY(buffer_append(out, "\"", wide, err));
        CIHSM_TRY(buffer_append(out, text + at, end - at, err));
        CIHSM_TRY(buffer_append(out, "\"", wide, err));
        at = end;
    }
    return CIHSM_OK;
}
