/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/manifest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

typedef struct line {
    const char *text;
    size_t len; /* without its end, which is LF, CR LF or CR */
} line;

/* What is left of the manifest. */
typedef struct rest {
    const char *at;
    const char *end;
} rest;

static bool next_line(rest *of, line *out)
{
    if (of->at == of->end) {
        return false;
    }
    const char *stop = of->at;
    while (stop < of->end && *stop != '\n' && *stop != '\r') {
        stop++;
    }
    *out = (line){of->at, (size_t)(stop - of->at)};
    if (stop < of->end) {
        stop += stop + 1 < of->end && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1;
    }
    of->at = stop;
    return true;
}

/* The value of a line "Name: value" of that name; NULL: it is another line. */
static const char *value_in(const line *from, const char *name)
{
    const size_t len = strlen(name);
    const bool is_it =
        from->len > len && strncasecmp(from->text, name, len) == 0 && from->text[len] == ':';
    return is_it ? from->text + len + 1 : NULL;
}

static cihsm_status append_continued(rest from, buffer *value, cihsm_error *err)
{
    line next;
    while (next_line(&from, &next) && next.len > 0 && next.text[0] == ' ') {
        CIHSM_TRY(buffer_append(value, next.text + 1, next.len - 1, err));
    }
    return CIHSM_OK;
}

/* The text up to a ";", without blanks at both ends. */
static cihsm_status trimmed(const buffer *value, char **out, cihsm_error *err)
{
    static const char BLANKS[] = " \t";
    const char *text = buffer_text(value);
    if (!text_is_utf8(text, value->len) || strlen(text) != value->len) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s is no UTF-8 text", ARCHIVE_MANIFEST_NAME);
    }
    text += strspn(text, BLANKS);
    size_t len = strcspn(text, ";");
    while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL) {
        len--;
    }
    return text_format(out, err, "%.*s", (int)len, text);
}

cihsm_status manifest_header(const char *text, size_t len, const char *name, char **out,
                             cihsm_error *err)
{
    rest left = {text, text + len};
    line here;
    while (next_line(&left, &here) && here.len > 0) {
        const char *value = value_in(&here, name);
        if (value != NULL) {
            CIHSM_AUTO(buffer_free) buffer whole = buffer_new(ARCHIVE_MANIFEST_MAX);
            CIHSM_TRY(buffer_append(&whole, value, (size_t)(here.text + here.len - value), err));
            CIHSM_TRY(append_continued(left, &whole, err));
            return trimmed(&whole, out, err);
        }
    }
    return text_set(out, NULL, err);
}
