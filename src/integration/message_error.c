/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/message_error.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS_LEAST = 4, LONG_WORD = 20 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_blank(char byte)
{
    return (byte >= '\0' && byte <= ' ') || byte == 0x7f;
}

/* Letters, digits and what joins them in ids; the bytes of other scripts are letters. */
static bool is_of_word(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-' || byte == '_' || ((unsigned char)byte & 0x80) != 0;
}

/* 12:30 and 1.5 are words, host:port and a.b are not. */
static bool joins_digits(const char *text, size_t len, size_t at)
{
    return (text[at] == ':' || text[at] == '.' || text[at] == ',') && at > 0 && at + 1 < len &&
           is_digit(text[at - 1]) && is_digit(text[at + 1]);
}

static size_t word_len(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && (is_of_word(text[at]) || joins_digits(text, len, at))) {
        at++;
    }
    return at;
}

static bool differs(const char *word, size_t len, const char *id)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        digits += is_digit(word[i]);
    }
    const bool is_id = id != NULL && strlen(id) == len && memcmp(word, id, len) == 0;
    return is_id || digits >= DIGITS_LEAST || (digits > 0 && len >= LONG_WORD);
}

/* Takes the next word, run of blanks or single byte. @return bytes taken of the text */
static size_t write_piece(const char *text, size_t len, const char *id, char *out, size_t *used)
{
    const size_t word = word_len(text, len);
    if (word > 0 && differs(text, word, id)) {
        out[(*used)++] = '#';
        return word;
    }
    size_t taken = word;
    while (word == 0 && taken < len && is_blank(text[taken])) {
        taken++;
    }
    if (word == 0 && taken > 0) {
        out[(*used)++] = ' ';
        return taken;
    }
    taken = word > 0 ? word : 1;
    memcpy(out + *used, text, taken);
    *used += taken;
    return taken;
}

/* A cut may be inside a character. */
static size_t whole_characters(const char *text, size_t len)
{
    if (len <= MESSAGE_ERROR_MAX) {
        return len;
    }
    len = MESSAGE_ERROR_MAX;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

void message_error_write(const char *text, size_t len, const char *id,
                         char out[MESSAGE_ERROR_MAX + 1])
{
    size_t used = 0;
    len = whole_characters(text, len);
    while (len > 0 && is_blank(text[len - 1])) {
        len--;
    }
    size_t at = 0;
    while (at < len && is_blank(text[at])) {
        at++;
    }
    while (at < len) {
        at += write_piece(text + at, len - at, id, out, &used);
    }
    out[used] = '\0';
}
