/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/media.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

typedef struct media_row {
    const char *suffix; /* of the type without its parameters */
    odata_media media;
} media_row;

/* The first match counts. */
static const media_row MEDIA[] = {
    {"text/html", ODATA_MEDIA_HTML},  {"application/xhtml+xml", ODATA_MEDIA_HTML},
    {"/json", ODATA_MEDIA_JSON},      {"+json", ODATA_MEDIA_JSON},
    {"/xml", ODATA_MEDIA_XML},        {"+xml", ODATA_MEDIA_XML},
    {"text/plain", ODATA_MEDIA_TEXT},
};

static odata_media by_type(const char *type)
{
    const size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof MEDIA / sizeof *MEDIA; i++) {
        const size_t suffix = strlen(MEDIA[i].suffix);
        if (suffix <= len && strncasecmp(type + len - suffix, MEDIA[i].suffix, suffix) == 0) {
            return MEDIA[i].media;
        }
    }
    return ODATA_MEDIA_OTHER;
}

static const char *first_visible(const buffer *body)
{
    const char *text = buffer_text(body);
    if (text_starts(text, "\xef\xbb\xbf")) {
        text += 3;
    }
    return text + strspn(text, " \t\r\n");
}

bool odata_media_looks_html(const buffer *body)
{
    const char *start = first_visible(body);
    return strncasecmp(start, "<!doctype html", 14) == 0 || strncasecmp(start, "<html", 5) == 0;
}

odata_media odata_media_of(const http_response *response)
{
    if (response->content_type != NULL && *response->content_type != '\0') {
        return by_type(response->content_type);
    }
    if (odata_media_looks_html(&response->body)) {
        return ODATA_MEDIA_HTML;
    }
    switch (*first_visible(&response->body)) {
    case '{':
    case '[':
        return ODATA_MEDIA_JSON;
    case '<':
        return ODATA_MEDIA_XML;
    default:
        return ODATA_MEDIA_OTHER;
    }
}
