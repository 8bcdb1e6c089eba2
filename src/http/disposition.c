/* SPDX-License-Identifier: Apache-2.0 */
#include "http/disposition.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

#define BLANKS " \t"
#define UTF_8 "UTF-8'"

/* Servers write paths of Windows with single backslashes, so only these two are quoted pairs. */
static bool is_quoted_pair(const char *at)
{
    return at[0] == '\\' && (at[1] == '"' || at[1] == '\\');
}

/* From behind the quote to behind the one at the end; NULL if that is missing. */
static const char *copy_quoted(const char *at, char *out)
{
    while (*at != '"' && *at != '\0') {
        at += is_quoted_pair(at) ? 1 : 0;
        *out++ = *at++;
    }
    *out = '\0';
    return *at == '"' ? at + 1 : NULL;
}

/* Up to the next parameter; some servers write blanks without quotes. */
static const char *copy_bare(const char *at, char *out)
{
    size_t len = strcspn(at, ";");
    const char *end = at + len;
    while (len > 0 && strchr(BLANKS, at[len - 1]) != NULL) {
        len--;
    }
    memcpy(out, at, len);
    out[len] = '\0';
    return end;
}

/* Decodes percent signs in place. */
static bool decode(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        char byte = *at;
        if (byte == '%') {
            const char digits[] = {at[1], at[1] == '\0' ? '\0' : at[2], '\0'};
            if (strspn(digits, "0123456789ABCDEFabcdef") != 2 || strcmp(digits, "00") == 0) {
                return false;
            }
            byte = (char)strtol(digits, NULL, 16);
            at += 2;
        }
        *to++ = byte;
    }
    *to = '\0';
    return true;
}

/* "UTF-8'language'percent-encoded" in place. */
static bool decode_extended(char *text)
{
    const size_t charset = sizeof UTF_8 - 1;
    const char *language_end =
        strncasecmp(text, UTF_8, charset) == 0 ? strchr(text + charset, '\'') : NULL;
    if (language_end == NULL) {
        return false;
    }
    memmove(text, language_end + 1, strlen(language_end));
    return decode(text);
}

static bool is_named(const char *name, size_t len, const char *wanted)
{
    while (len > 0 && strchr(BLANKS, name[len - 1]) != NULL) {
        len--;
    }
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

/* Reads the value at @p at. @return behind it; NULL if it has no end */
static const char *read_parameter(const char *name, size_t name_len, const char *at, char *value,
                                  http_disposition *out, cihsm_error *err)
{
    at += strspn(at, BLANKS);
    const char *end = *at == '"' ? copy_quoted(at + 1, value) : copy_bare(at, value);
    if (end == NULL) {
        return NULL;
    }
    char **target = NULL;
    if (is_named(name, name_len, "filename")) {
        target = &out->plain;
    } else if (is_named(name, name_len, "filename*") && decode_extended(value)) {
        target = &out->extended;
    }
    if (target != NULL && *target == NULL && text_set(target, value, err) != CIHSM_OK) {
        return NULL;
    }
    return end + strcspn(end, ";");
}

cihsm_status http_disposition_read(const char *value, http_disposition *out, cihsm_error *err)
{
    cihsm_error failure = {0};
    CIHSM_AUTO(text_free) char *scratch = malloc(strlen(value) + 1);
    if (scratch == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const char *at = value; at != NULL && *at != '\0';) {
        at += strspn(at, BLANKS ";");
        const size_t len = strcspn(at, "=;");
        at = at[len] == '=' ? read_parameter(at, len, at + len + 1, scratch, out, &failure)
                            : at + len; /* "attachment" */
    }
    return failure.status == CIHSM_OK ? CIHSM_OK : cihsm_fail_memory(err);
}

void http_disposition_free(http_disposition *of)
{
    text_free(&of->extended);
    text_free(&of->plain);
}
