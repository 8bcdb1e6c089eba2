/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/mime.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

static const char BLANKS[] = " \t";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* RFC 9110 section 5.6.2 */
static bool is_token_character(char c)
{
    return c > ' ' && c < '\x7f' && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static size_t length_of(const odata_mime *text)
{
    return (size_t)(text->end - text->at);
}

/* --- lines ----------------------------------------------------------------------------------- */

bool odata_mime_line(odata_mime *from, odata_mime *line)
{
    if (from->at == from->end) {
        return false;
    }
    const char *feed = memchr(from->at, '\n', length_of(from));
    *line = (odata_mime){from->at, feed == NULL ? from->end : feed};
    from->at = feed == NULL ? from->end : feed + 1;
    if (feed != NULL && line->end > line->at && line->end[-1] == '\r') {
        line->end--;
    }
    return true;
}

odata_delimiter odata_mime_delimiter(const odata_mime *line, const char *boundary)
{
    const size_t len = strlen(boundary);
    if (length_of(line) < len + 2 || memcmp(line->at, "--", 2) != 0 ||
        memcmp(line->at + 2, boundary, len) != 0) {
        return ODATA_DELIMITER_NONE;
    }
    const char *rest = line->at + 2 + len;
    const bool is_last = line->end - rest >= 2 && memcmp(rest, "--", 2) == 0;
    rest += is_last ? 2 : 0;
    while (rest < line->end && (is_blank(*rest) || *rest == '\r')) {
        rest++;
    }
    if (rest < line->end) {
        return ODATA_DELIMITER_NONE;
    }
    return is_last ? ODATA_DELIMITER_LAST : ODATA_DELIMITER_NEXT;
}

/* --- headers --------------------------------------------------------------------------------- */

/* The colon behind a header's name; NULL if the line is no header. */
static const char *colon_of(const odata_mime *line)
{
    const char *c = line->at;
    while (c < line->end && is_token_character(*c)) {
        c++;
    }
    return c > line->at && c < line->end && *c == ':' ? c : NULL;
}

static bool is_folded(const odata_mime *line)
{
    return line->at < line->end && is_blank(*line->at);
}

cihsm_status odata_mime_head(odata_mime *from, odata_mime *head, cihsm_error *err)
{
    odata_mime line;
    *head = (odata_mime){from->at, from->at};
    while (odata_mime_line(from, &line)) {
        if (from->at[-1] != '\n') {
            break;
        }
        if (line.at == line.end) {
            return CIHSM_OK;
        }
        const bool continues = is_folded(&line) && head->end > head->at;
        if (!continues && colon_of(&line) == NULL) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "a line among the headers is none");
        }
        head->end = from->at;
        if (length_of(head) > ODATA_MIME_HEAD_MAX) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "its headers have more than %zu bytes",
                                    ODATA_MIME_HEAD_MAX);
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "it ends among the headers");
}

/* The value behind a colon, with the lines that continue it. */
static odata_mime value_at(const char *colon, const odata_mime *line, odata_mime *rest)
{
    odata_mime value = {colon + 1, line->end};
    odata_mime more;
    odata_mime ahead = *rest;
    while (odata_mime_line(&ahead, &more) && is_folded(&more)) {
        value.end = more.end;
        *rest = ahead;
    }
    while (value.at < value.end && strchr(" \t\r\n", *value.at) != NULL) {
        value.at++;
    }
    while (value.end > value.at && strchr(" \t\r\n", value.end[-1]) != NULL) {
        value.end--;
    }
    return value;
}

static cihsm_status copy_value(const odata_mime *value, char **out, cihsm_error *err)
{
    if (memchr(value->at, '\0', length_of(value)) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "a header holds a NUL");
    }
    CIHSM_TRY(text_format(out, err, "%.*s", (int)length_of(value), value->at));
    for (char *c = *out + strcspn(*out, "\r\n"); *c != '\0'; c += strcspn(c, "\r\n")) {
        *c = ' ';
    }
    return CIHSM_OK;
}

cihsm_status odata_mime_header(const odata_mime *head, const char *name, char **out,
                               cihsm_error *err)
{
    odata_mime rest = *head;
    odata_mime line;
    const size_t name_len = strlen(name);
    text_free(out);
    while (odata_mime_line(&rest, &line)) {
        const char *colon = colon_of(&line);
        if (colon == NULL || (size_t)(colon - line.at) != name_len ||
            strncasecmp(line.at, name, name_len) != 0) {
            continue;
        }
        if (*out != NULL) {
            return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "%s stands there twice", name);
        }
        const odata_mime value = value_at(colon, &line, &rest);
        CIHSM_TRY(copy_value(&value, out, err));
    }
    return CIHSM_OK;
}

/* --- Content-Type ---------------------------------------------------------------------------- */

bool odata_mime_is(const char *content_type, const char *media_type)
{
    if (content_type == NULL) {
        return false;
    }
    const size_t len = strcspn(content_type, "; \t");
    return len == strlen(media_type) && strncasecmp(content_type, media_type, len) == 0;
}

/* Takes a parameter's value, quoted or not; what is too long is cut, which the caller sees. */
static size_t take_value(const char **cursor, char out[ODATA_BOUNDARY_SIZE + 1])
{
    const bool is_quoted = **cursor == '"';
    const char *c = *cursor + (is_quoted ? 1 : 0);
    size_t len = 0;
    while (*c != '\0' && (is_quoted ? *c != '"' : strchr("; \t", *c) == NULL)) {
        if (is_quoted && *c == '\\' && c[1] != '\0') {
            c++;
        }
        if (len < ODATA_BOUNDARY_SIZE) {
            out[len++] = *c;
        }
        c++;
    }
    if (is_quoted && *c != '"') {
        return 0; /* the quote stays open */
    }
    out[len] = '\0';
    *cursor = c + (is_quoted ? 1 : 0);
    return len;
}

static bool is_boundary(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return len > 0 && len < ODATA_BOUNDARY_SIZE && text[len - 1] != ' ';
}

cihsm_status odata_mime_boundary(const char *content_type, char out[ODATA_BOUNDARY_SIZE],
                                 cihsm_error *err)
{
    static const char NAME[] = "boundary";
    char value[ODATA_BOUNDARY_SIZE + 1];
    const char *cursor = strchr(content_type, ';');
    out[0] = '\0';
    while (cursor != NULL) {
        cursor += 1 + strspn(cursor + 1, BLANKS);
        const char *name = cursor;
        cursor += strcspn(cursor, "=; \t");
        const size_t name_len = (size_t)(cursor - name);
        size_t len = 0;
        if (*cursor == '=') {
            cursor++;
            len = take_value(&cursor, value);
        }
        if (name_len == sizeof NAME - 1 && strncasecmp(name, NAME, name_len) == 0) {
            if (!is_boundary(value, len) || out[0] != '\0') {
                return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                        "its boundary is none that can be: %.120s", content_type);
            }
            memcpy(out, value, len + 1);
        }
        cursor = strchr(cursor, ';');
    }
    return out[0] != '\0' ? CIHSM_OK
                          : cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "it names no boundary: %.120s",
                                             content_type);
}
