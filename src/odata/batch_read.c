/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/batch_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/mime.h"

static const char MULTIPART[] = "multipart/mixed";
static const char HTTP[] = "application/http";

typedef struct reader {
    const char *start;
    odata_mime text; /* what is left */
    char outer[ODATA_BOUNDARY_SIZE];
    char inner[ODATA_BOUNDARY_SIZE]; /* "": not in a change set */
    size_t parts_max;
    odata_batch_reply *out;
} reader;

static cihsm_status broken(const reader *of, const char *why, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "at byte %zu: %s",
                            (size_t)(of->text.at - of->start) + 1, why);
}

/* The same for a failure of odata/mime; other failures stay as they are. */
static cihsm_status pass_on(const reader *of, const cihsm_error *why, cihsm_error *err)
{
    return why->status == CIHSM_E_PROTOCOL
               ? broken(of, why->message, err)
               : cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
}

/* --- delimiters ------------------------------------------------------------------------------ */

static const char *boundary_of(const reader *of)
{
    return of->inner[0] != '\0' ? of->inner : of->outer;
}

static bool ends_change_set(const reader *of, const odata_mime *line)
{
    return of->inner[0] != '\0' && odata_mime_delimiter(line, of->outer) != ODATA_DELIMITER_NONE;
}

/* Goes behind the next delimiter, which stands at the begin of a line; *before: the bytes up to the
 * line end that belongs to it. */
static cihsm_status to_delimiter(reader *of, odata_mime *before, odata_delimiter *out,
                                 cihsm_error *err)
{
    const char *from = of->text.at;
    odata_mime line;
    *before = (odata_mime){from, from};
    while (odata_mime_line(&of->text, &line)) {
        *out = odata_mime_delimiter(&line, boundary_of(of));
        if (*out != ODATA_DELIMITER_NONE) {
            return CIHSM_OK;
        }
        if (ends_change_set(of, &line)) {
            return broken(of, "the change set has no end", err);
        }
        before->end = line.end;
    }
    return broken(of, "it is cut off: its last boundary is missing", err);
}

static bool is_empty(const odata_mime *text)
{
    for (const char *c = text->at; c < text->end; c++) {
        if (*c != '\r' && *c != '\n') {
            return false;
        }
    }
    return true;
}

/* --- one HTTP answer ------------------------------------------------------------------------- */

static bool is_status_line(const odata_mime *line, long *status)
{
    static const char VERSION[] = "HTTP/1.";
    const size_t version = sizeof VERSION; /* with the digit behind the dot */
    const char *c = line->at;
    if (line->end - c < (ptrdiff_t)(version + 4) || memcmp(c, VERSION, version - 1) != 0 ||
        (c[version - 1] != '0' && c[version - 1] != '1') || c[version] != ' ') {
        return false;
    }
    c += version + 1;
    *status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (isdigit((unsigned char)c[i]) == 0) {
            return false;
        }
        *status = *status * 10 + (c[i] - '0');
    }
    return *status >= 200 && *status <= 599 && (c + 3 == line->end || c[3] == ' ');
}

/* @param known  false: the body goes up to the next boundary */
static cihsm_status read_length(const reader *of, const odata_mime *head, long status, bool *known,
                                size_t *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *text = NULL;
    cihsm_error why = {0};
    *known = status == 204 || status == 304;
    *out = 0;
    if (odata_mime_header(head, "Content-Length", &text, &why) != CIHSM_OK) {
        return pass_on(of, &why, err);
    }
    if (text == NULL || *known) {
        return CIHSM_OK;
    }
    const size_t left = (size_t)(of->text.end - of->text.at);
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0') {
        return broken(of, "a Content-Length is no number", err);
    }
    const unsigned long long length = strtoull(text, NULL, 10);
    if (length > left) {
        return broken(of, "it is cut off: a Content-Length promises more", err);
    }
    *known = true;
    *out = (size_t)length;
    return CIHSM_OK;
}

/* The body and the delimiter behind it. */
static cihsm_status read_body(reader *of, const odata_mime *head, long status, odata_mime *body,
                              odata_delimiter *ended, cihsm_error *err)
{
    bool is_known = false;
    size_t len = 0;
    odata_mime rest;
    CIHSM_TRY(read_length(of, head, status, &is_known, &len, err));
    if (!is_known) {
        return to_delimiter(of, body, ended, err);
    }
    *body = (odata_mime){of->text.at, of->text.at + len};
    of->text.at += len;
    const char *behind = of->text.at;
    CIHSM_TRY(to_delimiter(of, &rest, ended, err));
    if (!is_empty(&rest) || (len > 0 && *behind != '\r' && *behind != '\n')) {
        return broken(of, "a body is longer than its Content-Length", err);
    }
    return CIHSM_OK;
}

static cihsm_status take_headers(const odata_mime *part_head, const odata_mime *head,
                                 odata_batch_part *to, cihsm_error *err)
{
    CIHSM_TRY(odata_mime_header(head, "Content-Type", &to->response.content_type, err));
    CIHSM_TRY(odata_mime_header(head, "Location", &to->response.location, err));
    CIHSM_TRY(odata_mime_header(part_head, "Content-ID", &to->content_id, err));
    return to->content_id != NULL ? CIHSM_OK
                                  : odata_mime_header(head, "Content-ID", &to->content_id, err);
}

static cihsm_status add_part(reader *of, odata_batch_part **out, cihsm_error *err)
{
    odata_batch_reply *to = of->out;
    if (to->count == of->parts_max) {
        return broken(of, "it has more parts than the batch has operations", err);
    }
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 16 : to->room * 2;
        odata_batch_part *more = realloc(to->parts, room * sizeof *more);
        if (more == NULL) {
            return cihsm_fail_memory(err);
        }
        to->parts = more;
        to->room = room;
    }
    *out = &to->parts[to->count++];
    **out = (odata_batch_part){.group = to->groups, .is_in_set = of->inner[0] != '\0'};
    http_response_init(&(*out)->response, (size_t)(of->text.end - of->text.at));
    return CIHSM_OK;
}

static cihsm_status read_http(reader *of, const odata_mime *part_head, odata_delimiter *ended,
                              cihsm_error *err)
{
    odata_batch_part *part = NULL;
    odata_mime line;
    odata_mime head;
    odata_mime body;
    cihsm_error why = {0};
    CIHSM_TRY(add_part(of, &part, err));
    const reader here = *of;
    if (!odata_mime_line(&of->text, &line) || !is_status_line(&line, &part->response.status)) {
        return broken(&here, "a part does not begin with an HTTP status", err);
    }
    if (odata_mime_head(&of->text, &head, &why) != CIHSM_OK ||
        take_headers(part_head, &head, part, &why) != CIHSM_OK) {
        return pass_on(of, &why, err);
    }
    CIHSM_TRY(read_body(of, &head, part->response.status, &body, ended, err));
    part->response.was_sent = true;
    return buffer_append(&part->response.body, body.at, (size_t)(body.end - body.at), err);
}

/* --- parts ----------------------------------------------------------------------------------- */

static cihsm_status read_change_set(reader *of, const char *content_type, odata_delimiter *ended,
                                    cihsm_error *err);

static cihsm_status check_encoding(const reader *of, const odata_mime *head, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *encoding = NULL;
    cihsm_error why = {0};
    if (odata_mime_header(head, "Content-Transfer-Encoding", &encoding, &why) != CIHSM_OK) {
        return pass_on(of, &why, err);
    }
    if (encoding == NULL || strcasecmp(encoding, "binary") == 0 ||
        strcasecmp(encoding, "8bit") == 0 || strcasecmp(encoding, "7bit") == 0) {
        return CIHSM_OK;
    }
    return broken(of, "a part is not sent as it is (Content-Transfer-Encoding)", err);
}

/* A part and the delimiter behind it. */
static cihsm_status read_part(reader *of, odata_delimiter *ended, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *type = NULL;
    cihsm_error why = {0};
    odata_mime head;
    if (odata_mime_head(&of->text, &head, &why) != CIHSM_OK ||
        odata_mime_header(&head, "Content-Type", &type, &why) != CIHSM_OK) {
        return pass_on(of, &why, err);
    }
    CIHSM_TRY(check_encoding(of, &head, err));
    if (odata_mime_is(type, HTTP)) {
        return read_http(of, &head, ended, err);
    }
    if (odata_mime_is(type, MULTIPART) && of->inner[0] == '\0') {
        return read_change_set(of, type, ended, err);
    }
    return broken(of, "a part is neither application/http nor a change set", err);
}

/* All parts up to the last delimiter of the innermost boundary. */
static cihsm_status read_parts(reader *of, cihsm_error *err)
{
    odata_mime preamble;
    odata_delimiter ended = ODATA_DELIMITER_NONE;
    CIHSM_TRY(to_delimiter(of, &preamble, &ended, err));
    while (ended == ODATA_DELIMITER_NEXT) {
        const bool is_outer = of->inner[0] == '\0';
        if (is_outer && of->out->groups == of->parts_max) {
            return broken(of, "it has more parts than the batch has operations", err);
        }
        CIHSM_TRY(read_part(of, &ended, err));
        of->out->groups += is_outer ? 1 : 0;
    }
    return CIHSM_OK;
}

static cihsm_status read_change_set(reader *of, const char *content_type, odata_delimiter *ended,
                                    cihsm_error *err)
{
    cihsm_error why = {0};
    odata_mime epilogue;
    if (odata_mime_boundary(content_type, of->inner, &why) != CIHSM_OK) {
        return pass_on(of, &why, err);
    }
    if (strcmp(of->inner, of->outer) == 0) {
        return broken(of, "a change set has the boundary of the whole", err);
    }
    CIHSM_TRY(read_parts(of, err));
    of->inner[0] = '\0';
    return to_delimiter(of, &epilogue, ended, err);
}

cihsm_status odata_batch_read(const char *content_type, const char *body, size_t len,
                              size_t parts_max, odata_batch_reply *out, cihsm_error *err)
{
    *out = (odata_batch_reply){0};
    if (!odata_mime_is(content_type, MULTIPART)) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "it is %.80s, not multipart/mixed",
                                content_type == NULL ? "of no type" : content_type);
    }
    reader of = {.start = body, .text = {body, body + len}, .parts_max = parts_max, .out = out};
    CIHSM_TRY(odata_mime_boundary(content_type, of.outer, err));
    return read_parts(&of, err);
}

void odata_batch_reply_free(odata_batch_reply *reply)
{
    for (size_t i = 0; i < reply->count; i++) {
        http_response_free(&reply->parts[i].response);
        text_free(&reply->parts[i].content_id);
    }
    free(reply->parts);
    *reply = (odata_batch_reply){0};
}
