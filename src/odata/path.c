/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/path.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define PATH_MAX_BYTES 8000 /* longer ones are refused on the way to the tenant */

typedef struct scanner {
    const char *path;
    size_t at; /* index of the next byte */
    buffer *out;
    cihsm_error *err;
} scanner;

static char peek(const scanner *scan)
{
    return scan->path[scan->at];
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

/* SAP's web pages have these in many paths (docs/sap-contract.md section 4.1). */
static bool is_invisible(const char *at)
{
    static const char *const MARKS[] = {
        "\xc2\xa0",     /* U+00A0 no-break space */
        "\xc2\xad",     /* U+00AD soft hyphen */
        "\xe2\x80\x8b", /* U+200B zero width space */
        "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e",
        "\xe2\x80\x8f", "\xe2\x81\xa0", /* U+2060 word joiner */
        "\xef\xbb\xbf",                 /* U+FEFF byte order mark */
    };
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        if (text_starts(at, MARKS[i])) {
            return true;
        }
    }
    return false;
}

static cihsm_status refuse(const scanner *scan, size_t at, const char *what, const char *advice)
{
    return cihsm_fail_plain(scan->err, CIHSM_E_USAGE, "%s at position %zu of the path%s", what,
                            at + 1, advice);
}

/* Copies the next byte, encoded unless it is unreserved or one of keep. */
static cihsm_status take(scanner *scan, const char *keep)
{
    static const char HEX[] = "0123456789ABCDEF";
    const char c = peek(scan);
    const unsigned char byte = (unsigned char)c;
    if (byte < 0x20 || byte == 0x7f) {
        return refuse(scan, scan->at, "control character", "");
    }
    scan->at++;
    if (is_unreserved(c) || strchr(keep, c) != NULL) {
        return buffer_append(scan->out, &c, 1, scan->err);
    }
    const char encoded[3] = {'%', HEX[byte >> 4], HEX[byte & 15]};
    return buffer_append(scan->out, encoded, sizeof encoded, scan->err);
}

static cihsm_status take_unquoted(scanner *scan)
{
    if (peek(scan) == '?') {
        return refuse(scan, scan->at, "\"?\"",
                      ": give query options as --filter, --select, --expand, --orderby, --top or "
                      "--skip, or give an absolute URL");
    }
    if (peek(scan) == '\\') {
        return refuse(scan, scan->at, "backslash", "");
    }
    if (is_invisible(scan->path + scan->at)) {
        return refuse(scan, scan->at, "invisible character",
                      "; type it instead of copying it from a web page");
    }
    return take(scan, ",=$");
}

static cihsm_status take_quoted(scanner *scan)
{
    static const char ADVICE[] =
        ": the server refuses it even when encoded; where the set has a hex key (keystore aliases, "
        "partners, repository entries) name the plain value, and the hex is made from it: "
        "KeystoreEntries(Alias='a/b')";
    if (peek(scan) == '/') {
        return refuse(scan, scan->at, "slash inside a key", ADVICE);
    }
    if (peek(scan) == '\\') {
        return refuse(scan, scan->at, "backslash inside a key", ADVICE);
    }
    if (peek(scan) == '\'') {
        CIHSM_TRY(take(scan, "'")); /* the first of two */
    }
    return take(scan, "'");
}

/* After a closing quote the key goes on or ends; anything else was meant as a part of the text. */
static cihsm_status take_closing_quote(scanner *scan)
{
    CIHSM_TRY(take(scan, "'"));
    if (strchr(", )", peek(scan)) != NULL) { /* or the end of the path */
        return CIHSM_OK;
    }
    return refuse(scan, scan->at - 1, "text after the closing quote",
                  "; a quote inside a key is written twice ('')");
}

static cihsm_status encode_literal(scanner *scan)
{
    const size_t opened = scan->at;
    cihsm_status status = take(scan, "'");
    while (status == CIHSM_OK && peek(scan) != '\0') {
        if (peek(scan) == '\'' && scan->path[scan->at + 1] != '\'') {
            return take_closing_quote(scan);
        }
        status = take_quoted(scan);
    }
    CIHSM_TRY(status);
    return refuse(scan, opened, "quote that is not closed", "");
}

static cihsm_status take_key_part(scanner *scan)
{
    static const char ADVICE[] = "; a text key stands in quotes";
    switch (peek(scan)) {
    case '\'':
        return encode_literal(scan);
    case '(':
        return refuse(scan, scan->at, "parenthesis inside a key", ADVICE);
    case '/':
        return refuse(scan, scan->at, "slash inside a key", ADVICE);
    default:
        return take_unquoted(scan);
    }
}

static cihsm_status encode_key(scanner *scan)
{
    const size_t opened = scan->at;
    cihsm_status status = take(scan, "(");
    while (status == CIHSM_OK && peek(scan) != '\0' && peek(scan) != ')') {
        status = take_key_part(scan);
    }
    CIHSM_TRY(status);
    if (peek(scan) != ')') {
        return refuse(scan, opened, "parenthesis that is not closed", "");
    }
    return take(scan, ")");
}

static cihsm_status take_name_part(scanner *scan)
{
    if (peek(scan) == '\'' || peek(scan) == ')') {
        return refuse(scan, scan->at,
                      peek(scan) == ')' ? "closing parenthesis" : "quote outside a key",
                      "; a key stands in parentheses behind the name");
    }
    return take_unquoted(scan);
}

static cihsm_status check_name(const scanner *scan, size_t start)
{
    const char *name = scan->path + start;
    const size_t len = scan->at - start;
    if (len == 0) {
        return refuse(scan, start, "no name", "");
    }
    if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'))) {
        return refuse(scan, start, "\".\" or \"..\"",
                      "; only resources below the service root can be addressed");
    }
    return CIHSM_OK;
}

static cihsm_status encode_segment(scanner *scan)
{
    const size_t start = scan->at;
    cihsm_status status = CIHSM_OK;
    while (status == CIHSM_OK && strchr("/(", peek(scan)) == NULL) {
        status = take_name_part(scan);
    }
    CIHSM_TRY(status);
    CIHSM_TRY(check_name(scan, start));
    if (peek(scan) == '(') {
        CIHSM_TRY(encode_key(scan));
    }
    if (strchr("/", peek(scan)) != NULL) { /* or the end of the path */
        return CIHSM_OK;
    }
    return refuse(scan, scan->at, "text after the closing parenthesis", "");
}

/* A slash between two segments is kept, one at the end is dropped. */
static cihsm_status take_slash(scanner *scan)
{
    if (peek(scan) == '\0') {
        return CIHSM_OK;
    }
    scan->at++;
    return peek(scan) == '\0' ? CIHSM_OK : buffer_append_text(scan->out, "/", scan->err);
}

cihsm_status odata_path_encode(const char *path, buffer *out, cihsm_error *err)
{
    const size_t len = strlen(path);
    if (len > PATH_MAX_BYTES) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the path is longer than %d bytes",
                                PATH_MAX_BYTES);
    }
    if (!text_is_utf8(path, len)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the path is not UTF-8");
    }
    scanner scan = {.path = path, .at = strspn(path, "/"), .out = out, .err = err};
    cihsm_status status = CIHSM_OK;
    while (status == CIHSM_OK && peek(&scan) != '\0') {
        CIHSM_TRY(encode_segment(&scan));
        status = take_slash(&scan);
    }
    return status;
}

/* The end of a key: the first ")" outside quotes, or the end of the path. */
static const char *skip_key(const char *at)
{
    bool quoted = false;
    for (; *at != '\0'; at++) {
        if (*at == '\'') {
            quoted = !quoted; /* a doubled quote closes and opens again */
        } else if (*at == ')' && !quoted) {
            return at + 1;
        }
    }
    return at;
}

bool odata_path_next(const char **cursor, odata_segment *out)
{
    const char *name = *cursor + strspn(*cursor, "/");
    if (*name == '\0') {
        return false;
    }
    const size_t len = strcspn(name, "/(");
    const char *end = name + len;
    *out = (odata_segment){.name = name, .name_len = len, .has_key = *end == '('};
    if (out->has_key) {
        end = skip_key(end);
        end += strcspn(end, "/");
    }
    *cursor = end;
    return true;
}
