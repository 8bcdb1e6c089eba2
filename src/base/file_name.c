/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_name.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { NAME_MAX_BYTES = FILE_NAME_SIZE - 1, EXTENSION_MAX_BYTES = 16 };

static const char *behind_last(const char *text, char slash)
{
    const char *found = strrchr(text, slash);
    return found == NULL ? text : found + 1;
}

/* C0 and C1, DEL, separators of lines, Unicode's marks, embeddings, overrides and isolates. */
static bool is_misleading(const unsigned char *at)
{
    switch (at[0]) {
    case 0xc2:
        return at[1] < 0xa0;
    case 0xd8:
        return at[1] == 0x9c;
    case 0xe2:
        return (at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f)) ||
               (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
               (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
    default:
        return at[0] < 0x20 || at[0] == 0x7f;
    }
}

static bool is_name(const char *text)
{
    if (*text == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
        !text_is_utf8(text, strlen(text))) {
        return false;
    }
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0' && !is_misleading(at)) {
        at++;
    }
    return *at == '\0';
}

/* The longest beginning of at most @p len bytes that ends with a whole character. */
static size_t whole_characters(const char *text, size_t len)
{
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

bool file_name_make(const char *text, char out[FILE_NAME_SIZE])
{
    const char *name = behind_last(behind_last(text, '/'), '\\');
    if (!is_name(name)) {
        return false;
    }
    const char *front = *name == '.' || *name == '-' ? "_" : "";
    const size_t room = NAME_MAX_BYTES - strlen(front);
    size_t len = strlen(name);
    const char *end = ""; /* of a name that is cut */
    if (len > room) {
        const char *dot = strrchr(name, '.');
        end = dot != NULL && strlen(dot) <= EXTENSION_MAX_BYTES ? dot : "";
        len = whole_characters(name, room - strlen(end));
    }
    snprintf(out, FILE_NAME_SIZE, "%s%.*s%s", front, (int)len, name, end);
    return true;
}
