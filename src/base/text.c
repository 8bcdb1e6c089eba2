/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char HEX[] = "0123456789abcdef";

/* C0 controls, DEL, and the second byte of a C1 control (U+0080 to U+009F), which some terminals
 * obey as well. */
static bool is_control(const char *text, size_t at)
{
    const unsigned char c = (unsigned char)text[at];
    const bool after_c2 = at > 0 && (unsigned char)text[at - 1] == 0xc2;
    return c < 0x20 || c == 0x7f || (after_c2 && c >= 0x80 && c <= 0x9f);
}

void text_escape(char *out, size_t size, const char *text, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool control = is_control(text, i);
        if (control && c >= 0x80 && at > 0) {
            at--; /* the lead byte of the C1 control goes */
        }
        if (at + (control ? 4 : 1) >= size) {
            break;
        }
        if (control) {
            const char escape[4] = {'\\', 'x', HEX[c >> 4], HEX[c & 15]};
            memcpy(out + at, escape, sizeof escape);
            at += sizeof escape;
        } else {
            out[at++] = (char)c;
        }
    }
    while (at > 0 && !text_is_utf8(out, at) && text_is_utf8(text, len)) {
        at--; /* the cut fell inside a character */
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
