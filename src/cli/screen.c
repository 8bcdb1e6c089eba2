/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

enum { WIDTH_WITHOUT_TERMINAL = 80, WIDTH_LEAST = 20 };

static const char ELLIPSIS[] = "\xe2\x80\xa6"; /* U+2026 */

size_t screen_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_LEAST) {
        return size.ws_col;
    }
    const char *columns = getenv("COLUMNS");
    const long wanted = columns == NULL ? 0 : strtol(columns, NULL, 10);
    return wanted >= WIDTH_LEAST && wanted < 100000 ? (size_t)wanted : WIDTH_WITHOUT_TERMINAL;
}

/* They make a text look like another one: Unicode's marks, embeddings, overrides and isolates. */
static int turns_direction(wchar_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* One character: its bytes and columns. A bad or unprintable one counts as "?". */
typedef struct glyph {
    size_t bytes;
    size_t columns;
    int is_printable;
} glyph;

static glyph glyph_at(const char *text)
{
    mbstate_t state = {0};
    wchar_t wide = 0;
    const size_t bytes = mbrtowc(&wide, text, MB_CUR_MAX, &state);
    if (bytes == 0 || bytes > MB_CUR_MAX) {
        return (glyph){1, 1, 0};
    }
    const int columns = wcwidth(wide);
    if (columns < 0 || !iswprint((wint_t)wide) || turns_direction(wide)) {
        return (glyph){bytes, 1, 0};
    }
    return (glyph){bytes, (size_t)columns, 1};
}

size_t screen_columns(const char *text)
{
    size_t columns = 0;
    while (*text != '\0') {
        const glyph next = glyph_at(text);
        columns += next.columns;
        text += next.bytes;
    }
    return columns;
}

size_t screen_piece(const char *text, size_t len, size_t most)
{
    size_t piece = len < most ? len : most;
    while (piece > 1 && piece < len && ((unsigned char)text[piece] & 0xc0) == 0x80) { /* UTF-8 */
        piece--;
    }
    return piece;
}

size_t screen_line(const char *text, size_t columns)
{
    size_t fits = strcspn(text, " ");
    size_t used = 0;
    for (const char *at = text; *at != '\0';) {
        const glyph next = glyph_at(at);
        used += next.columns;
        if (used > columns) {
            return fits;
        }
        at += next.bytes;
        if (*at == ' ' || *at == '\0') {
            fits = (size_t)(at - text);
        }
    }
    return fits;
}

size_t screen_copy(char *out, size_t size, const char *text, size_t columns)
{
    const size_t all = screen_columns(text);
    const size_t room = all <= columns ? columns : columns - 1; /* one for the ellipsis */
    size_t at = 0;
    size_t used = 0;
    while (*text != '\0') {
        const glyph next = glyph_at(text);
        if (used + next.columns > room || at + next.bytes + sizeof ELLIPSIS > size) {
            break;
        }
        if (next.is_printable) {
            memcpy(out + at, text, next.bytes);
            at += next.bytes;
        } else {
            out[at++] = strchr("\t\r\n", *text) != NULL ? ' ' : '?';
        }
        used += next.columns;
        text += next.bytes;
    }
    if (*text != '\0') {
        memcpy(out + at, ELLIPSIS, sizeof ELLIPSIS - 1);
        at += sizeof ELLIPSIS - 1;
        used++;
    }
    out[at] = '\0';
    return used;
}

void screen_clean(char *text)
{
    char *to = text;
    while (*text != '\0') {
        const glyph next = glyph_at(text);
        if (next.is_printable || strchr("\t\r\n", *text) != NULL) {
            memmove(to, text, next.bytes);
            to += next.bytes;
        } else {
            *to++ = '?';
        }
        text += next.bytes;
    }
    *to = '\0';
}

void screen_put_line(FILE *to, const char *text)
{
    while (*text != '\0') {
        const glyph next = glyph_at(text);
        if (next.is_printable) {
            fwrite(text, 1, next.bytes, to);
        } else {
            fputc('?', to);
        }
        text += next.bytes;
    }
    fputc('\n', to);
}
