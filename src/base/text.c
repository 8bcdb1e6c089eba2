/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char HEX[] = "0123456789abcdef";

/* Number of bytes of the character at text, 0 if it is malformed. RFC 3629 section 4. */
static size_t utf8_length(const unsigned char *text, size_t left)
{
    const unsigned char lead = text[0];
    if (lead < 0x80) {
        return 1;
    }
    const size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || need > left) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const unsigned char second = text[1];
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool surrogate = lead == 0xed && second > 0x9f;
    const bool beyond = lead == 0xf4 && second > 0x8f;
    return overlong || surrogate || beyond ? 0 : need;
}

/* C0 controls, DEL and C1 controls (U+0080 to U+009F), which some terminals obey as well. */
static bool is_control(const unsigned char *character, size_t len)
{
    return len == 1 ? *character < 0x20 || *character == 0x7f
                    : len == 2 && character[0] == 0xc2 && character[1] < 0xa0;
}

void text_escape(char *out, size_t size, const char *text, size_t len)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t at = 0;
    for (size_t i = 0; i < len;) {
        const size_t step = utf8_length(from + i, len - i);
        const unsigned char last = from[i + (step == 0 ? 0 : step - 1)];
        const char escape[4] = {'\\', 'x', HEX[last >> 4], HEX[last & 15]};
        const bool is_escaped = step > 0 && is_control(from + i, step);
        const char *shown = step == 0 ? "?" : is_escaped ? escape : text + i;
        const size_t shown_len = step == 0 ? 1 : is_escaped ? sizeof escape : step;
        if (at + shown_len >= size) {
            break;
        }
        memcpy(out + at, shown, shown_len);
        at += shown_len;
        i += step == 0 ? 1 : step;
    }
    if (size > 0) {
        out[at] = '\0';
    }
}

cihsm_status text_set(char **out, const char *text, cihsm_error *err)
{
    char *copy = NULL;
    if (text != NULL) {
        copy = strdup(text);
        if (copy == NULL) {
            return cihsm_fail_memory(err);
        }
    }
    free(*out);
    *out = copy;
    return CIHSM_OK;
}

cihsm_status text_format(char **out, cihsm_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *made = NULL;
    const int length = vasprintf(&made, format, args);
    va_end(args);
    if (length < 0) {
        return cihsm_fail_memory(err);
    }
    free(*out);
    *out = made;
    return CIHSM_OK;
}

void text_free(char **text)
{
    if (text != NULL) {
        free(*text);
        *text = NULL;
    }
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void text_hex(char *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = HEX[bytes[i] >> 4];
        out[2 * i + 1] = HEX[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

/* Most text is ASCII: it is passed eight bytes at a time. */
static size_t ascii_words(const unsigned char *text, size_t len)
{
    size_t at = 0;
    for (uint64_t word = 0; len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
    }
    return at;
}

bool text_is_utf8(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t at = 0; at < len;) {
        at += ascii_words(bytes + at, len - at);
        if (at == len) {
            break;
        }
        const size_t step = utf8_length(bytes + at, len - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}
