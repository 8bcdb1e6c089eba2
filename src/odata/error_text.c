/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/error_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"
#include "odata/error_xml.h"
#include "odata/media.h"

#define RAW_SIZE 1024 /* words before they are cleaned and cut */

/* True for the bytes of U+0080 to U+009F, which some terminals obey. */
static bool is_c1_control(const char *at, const char *end)
{
    return at + 1 < end && (unsigned char)at[0] == 0xc2 && ((unsigned char)at[1] & 0xe0) == 0x80;
}

/* Makes one line of it: runs of blanks and controls become one blank, bytes that are no UTF-8
 * become "?". What is left is escaped again by cihsm_fail. */
static void clean(const char *text, char out[ODATA_WORDS_SIZE])
{
    char line[RAW_SIZE];
    size_t at = 0;
    const char *end = text + strnlen(text, RAW_SIZE - 1);
    const bool is_utf8 = text_is_utf8(text, (size_t)(end - text));
    for (; text < end; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool wide_control = is_c1_control(text, end);
        text += wide_control ? 1 : 0;
        if (c <= 0x20 || c == 0x7f || wide_control) {
            if (at > 0 && line[at - 1] != ' ') {
                line[at++] = ' ';
            }
        } else {
            line[at++] = '?';
            if (c < 0x80 || is_utf8) {
                line[at - 1] = *text;
            }
        }
    }
    while (at > 0 && line[at - 1] == ' ') {
        at--;
    }
    text_escape(out, ODATA_WORDS_SIZE, line, at);
}

static const char *words_of_json(const cihsm_value *document)
{
    const cihsm_value *error = cihsm_value_get(document, "error");
    const cihsm_value *message = cihsm_value_get(error, "message");
    const char *const candidates[] = {
        cihsm_value_get_string(message, "value"), /* OData V2 */
        cihsm_value_string(message),
        cihsm_value_get_string(document, "message"), /* SAP's public sandbox */
        cihsm_value_get_string(document, "error_description"),
        cihsm_value_string(error),
    };
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        if (candidates[i] != NULL && *candidates[i] != '\0') {
            return candidates[i];
        }
    }
    return "";
}

/* The first step that failed, of a report of steps. Source: docs/sap-contract.md section 5.2. */
static const cihsm_value *failed_step(const cihsm_value *document)
{
    const cihsm_value *step = cihsm_value_first(cihsm_value_get(document, "infos"));
    for (; step != NULL; step = cihsm_value_next(step)) {
        const char *result = cihsm_value_get_string(step, "result");
        if (result != NULL && strcmp(result, "ERROR") == 0) {
            break;
        }
    }
    return step;
}

static void take_document(const cihsm_value *document, char out[ODATA_WORDS_SIZE])
{
    char line[RAW_SIZE];
    const char *words = words_of_json(document);
    const cihsm_value *step = failed_step(document);
    const char *name = cihsm_value_get_string(step, "description");
    const char *said = cihsm_value_get_string(step, "dataReceived");
    const bool says = said != NULL && *said != '\0';
    if (name == NULL) {
        clean(words, out);
        return;
    }
    snprintf(line, sizeof line, "%s (%s%s%s)", words, name, says ? ": " : "", says ? said : "");
    clean(line, out);
}

static void take_json(const buffer *body, char out[ODATA_WORDS_SIZE])
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    if (cihsm_value_parse(buffer_text(body), body->len, &document, NULL) == CIHSM_OK) {
        take_document(document, out);
    }
}

static void take_xml(const buffer *body, char out[ODATA_WORDS_SIZE])
{
    char message[RAW_SIZE];
    odata_error_xml_message(buffer_text(body), body->len, message, sizeof message);
    clean(message, out);
}

static void take_html(const buffer *body, char out[ODATA_WORDS_SIZE])
{
    static const char OPEN[] = "<title>";
    const char *start = strcasestr(buffer_text(body), OPEN);
    const char *end = start == NULL ? NULL : strcasestr(start, "</title>");
    char title[RAW_SIZE] = "an HTML page";
    if (end != NULL) {
        snprintf(title, sizeof title, "%.*s", (int)(end - start) - (int)(sizeof OPEN - 1),
                 start + sizeof OPEN - 1);
    }
    clean(title, out);
}

void odata_error_words(const http_response *response, char out[ODATA_WORDS_SIZE])
{
    out[0] = '\0';
    if (response->body.len == 0) {
        return;
    }
    switch (odata_media_of(response)) {
    case ODATA_MEDIA_JSON:
        take_json(&response->body, out);
        break;
    case ODATA_MEDIA_XML:
        take_xml(&response->body, out);
        break;
    case ODATA_MEDIA_HTML:
        take_html(&response->body, out);
        break;
    case ODATA_MEDIA_TEXT:
        clean(buffer_text(&response->body), out);
        break;
    case ODATA_MEDIA_OTHER:
        break;
    }
}
