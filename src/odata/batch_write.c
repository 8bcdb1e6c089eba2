/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/batch_write.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/uri.h"

#define BATCH_MAX ((size_t)64 * 1024 * 1024)
#define MARK_SIZE 48 /* a stem and a number */

static const char END[] = "\r\n";

size_t odata_batch_group_end(const cihsm_operation *operations, size_t count, size_t at)
{
    size_t end = at + 1;
    const size_t set = operations[at].change_set;
    while (set != 0 && end < count && operations[end].change_set == set) {
        end++;
    }
    return end;
}

/* --- the operations as requests -------------------------------------------------------------- */

typedef struct requests {
    odata_message *each;
    size_t count;
    size_t skip; /* bytes of a URL before what is relative to the service root */
} requests;

static void requests_free(requests *of)
{
    for (size_t i = 0; i < of->count; i++) {
        odata_message_free(&of->each[i]);
    }
    free(of->each);
}

/* Content and counts are no JSON. */
static bool is_raw(const char *url)
{
    const size_t len = strcspn(url, "?");
    static const char *const ENDS[] = {"/$value", "/$count"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        const size_t tail = strlen(ENDS[i]);
        if (len > tail && memcmp(url + len - tail, ENDS[i], tail) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_field_value(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (iscntrl((unsigned char)*text) != 0) {
            return false;
        }
    }
    return true;
}

static cihsm_status make_request(const char *root, const cihsm_operation *operation,
                                 odata_message *out, cihsm_error *err)
{
    const cihsm_request *request = &operation->request;
    if (odata_uri_is_absolute(request->path)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the path of an operation begins with an entity set: %.120s is a "
                                "URL",
                                request->path);
    }
    if (!is_field_value(request->content_type)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "a content type holds control characters");
    }
    CIHSM_TRY(odata_message_make(root, request, out, err));
    for (size_t i = 0; i < out->http.header_count; i++) {
        if (strcmp(out->headers[i].name, "Accept") == 0 && is_raw(out->url)) {
            out->headers[i].value = "*/*";
        }
    }
    return CIHSM_OK;
}

static cihsm_status make_requests(const char *root, const cihsm_operation *operations, size_t count,
                                  size_t *at, requests *out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *base = NULL;
    CIHSM_TRY(odata_uri_build(root, "/", NULL, &base, err));
    out->skip = strlen(base);
    out->each = calloc(count, sizeof *out->each);
    if (out->each == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        *at = i;
        out->count++;
        CIHSM_TRY(make_request(root, &operations[i], &out->each[i], err));
    }
    return CIHSM_OK;
}

static bool is_in_content(const requests *in, const char *text)
{
    for (size_t i = 0; i < in->count; i++) {
        const http_request *http = &in->each[i].http;
        if (http->body_len > 0 && memmem(http->body, http->body_len, text, strlen(text)) != NULL) {
            return true;
        }
    }
    return false;
}

/* A text that stands nowhere in the content, so that no line of it is a boundary. */
static void choose_mark(const requests *in, const char *stem, char out[MARK_SIZE])
{
    snprintf(out, MARK_SIZE, "%.32s", stem);
    for (unsigned number = 1; is_in_content(in, out); number++) {
        snprintf(out, MARK_SIZE, "%.32s_%u", stem, number);
    }
}

/* --- the parts ------------------------------------------------------------------------------- */

CIHSM_PRINTF(3, 4)
static cihsm_status put_line(buffer *to, cihsm_error *err, const char *format, ...)
{
    CIHSM_AUTO(text_free) char *line = NULL;
    va_list args;
    va_start(args, format);
    const int len = vasprintf(&line, format, args);
    va_end(args);
    if (len < 0) {
        line = NULL;
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(buffer_append(to, line, (size_t)len, err));
    return buffer_append_text(to, END, err);
}

/* @param id  Content-ID; 0: none, its place tells which one it is */
static cihsm_status put_part(const odata_message *message, size_t skip, size_t id, buffer *to,
                             cihsm_error *err)
{
    const http_request *http = &message->http;
    CIHSM_TRY(put_line(to, err, "Content-Type: application/http"));
    CIHSM_TRY(put_line(to, err, "Content-Transfer-Encoding: binary"));
    if (id != 0) {
        CIHSM_TRY(put_line(to, err, "Content-ID: %zu", id));
    }
    CIHSM_TRY(put_line(to, err, "\r\n%s %s HTTP/1.1", http->method, message->url + skip));
    for (size_t i = 0; i < http->header_count; i++) {
        CIHSM_TRY(put_line(to, err, "%s: %s", http->headers[i].name, http->headers[i].value));
    }
    if (http->body != NULL || strcmp(http->method, "POST") == 0) {
        CIHSM_TRY(put_line(to, err, "Content-Length: %zu", http->body_len));
    }
    CIHSM_TRY(buffer_append_text(to, END, err));
    CIHSM_TRY(buffer_append(to, http->body == NULL ? "" : http->body, http->body_len, err));
    return buffer_append_text(to, END, err);
}

static cihsm_status put_change_set(const requests *from, size_t at, size_t end, const char *mark,
                                   buffer *to, cihsm_error *err)
{
    CIHSM_TRY(put_line(to, err, "Content-Type: multipart/mixed; boundary=changeset_%s\r\n", mark));
    for (; at < end; at++) {
        CIHSM_TRY(put_line(to, err, "--changeset_%s", mark));
        CIHSM_TRY(put_part(&from->each[at], from->skip, at + 1, to, err));
    }
    return put_line(to, err, "--changeset_%s--\r\n", mark);
}

static cihsm_status put_all(const requests *from, const cihsm_operation *operations,
                            const char *mark, buffer *to, cihsm_error *err)
{
    for (size_t at = 0; at < from->count;) {
        const size_t end = odata_batch_group_end(operations, from->count, at);
        CIHSM_TRY(put_line(to, err, "--batch_%s", mark));
        if (odata_is_write(operations[at].request.method)) {
            CIHSM_TRY(put_change_set(from, at, end, mark, to, err));
        } else {
            CIHSM_TRY(put_part(&from->each[at], from->skip, 0, to, err));
        }
        at = end;
    }
    return put_line(to, err, "--batch_%s--", mark);
}

/* --- the whole ------------------------------------------------------------------------------- */

static cihsm_status put_head(const char *root, const char *mark, odata_batch_message *out,
                             cihsm_error *err)
{
    odata_message *message = &out->message;
    CIHSM_TRY(odata_uri_build(root, "$batch", NULL, &message->url, err));
    CIHSM_TRY(text_format(&out->content_type, err, "multipart/mixed; boundary=batch_%s", mark));
    const http_header headers[ODATA_WRITE_HEADERS] = {{"Accept", "multipart/mixed"},
                                                      {"DataServiceVersion", "2.0"},
                                                      {"MaxDataServiceVersion", "2.0"},
                                                      {"Content-Type", out->content_type}};
    memcpy(message->headers, headers, sizeof headers);
    message->http = (http_request){.method = "POST",
                                   .url = message->url,
                                   .headers = message->headers,
                                   .header_count = ODATA_WRITE_HEADERS};
    return CIHSM_OK;
}

cihsm_status odata_batch_message_make(const char *root, const cihsm_operation *operations,
                                      size_t count, const char *stem, size_t *at,
                                      odata_batch_message *out, cihsm_error *err)
{
    char mark[MARK_SIZE];
    CIHSM_AUTO(requests_free) requests all = {0};
    *out = (odata_batch_message){.message = {.body = buffer_new(BATCH_MAX)}};
    CIHSM_TRY(make_requests(root, operations, count, at, &all, err));
    choose_mark(&all, stem, mark);
    CIHSM_TRY(put_head(root, mark, out, err));
    CIHSM_TRY(put_all(&all, operations, mark, &out->message.body, err));
    out->message.http.body = out->message.body.data;
    out->message.http.body_len = out->message.body.len;
    return CIHSM_OK;
}

void odata_batch_message_free(odata_batch_message *message)
{
    odata_message_free(&message->message);
    text_free(&message->content_type);
}
