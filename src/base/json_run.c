/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_run.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH(byte) (0x0101010101010101U * (byte))
#define HIGH EACH(0x80U)

/* The high bit of each byte that is not plain. A byte above such a one may be marked, too: only the
 * lowest mark counts. */
static uint64_t marks(uint64_t word)
{
    const uint64_t quote = (word ^ EACH('"')) - EACH(0x01U);
    const uint64_t backslash = (word ^ EACH('\\')) - EACH(0x01U);
    const uint64_t below_blank = word - EACH(0x20U);
    const uint64_t del_or_beyond = word | (word + EACH(0x01U));
    return (((quote | backslash | below_blank) & ~word) | del_or_beyond) & HIGH;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

size_t json_plain_run(const char *text, size_t len)
{
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        const uint64_t found = marks(le64toh(word));
        if (found != 0) {
            return at + (size_t)__builtin_ctzll(found) / 8;
        }
    }
    while (at < len && is_plain((unsigned char)text[at])) {
        at++;
    }
    return at;
}
