/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/write.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/error.h"
#include "odata/parameter.h"
#include "odata/path.h"
#include "odata/uri.h"

#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define URL_MAX ((size_t)64 * 1024)

bool odata_is_write(const char *method)
{
    return strcmp(method, "GET") != 0;
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

static cihsm_status make_url(const char *root, const cihsm_request *request, char **out,
                             cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *base = NULL;
    CIHSM_AUTO(buffer_free) buffer url = buffer_new(URL_MAX);
    CIHSM_TRY(odata_uri_build(root, request->path, NULL, &base, err));
    CIHSM_TRY(buffer_append_text(&url, base, err));
    for (size_t i = 0; i < request->parameter_count; i++) {
        const char *lead = strchr(buffer_text(&url), '?') == NULL ? "?" : "&";
        CIHSM_TRY(buffer_append_text(&url, lead, err));
        CIHSM_TRY(odata_parameter_append(&request->parameters[i], &url, err));
    }
    return text_set(out, buffer_text(&url), err);
}

static cihsm_status make_body(const cihsm_request *request, odata_message *out, cihsm_error *err)
{
    out->http.body = request->body;
    out->http.body_len = request->body_len;
    if (request->value == NULL) {
        return CIHSM_OK;
    }
    CIHSM_TRY(cihsm_value_write(request->value, 0, append, &out->body, err));
    out->http.body = out->body.data;
    out->http.body_len = out->body.len;
    return CIHSM_OK;
}

static void add_header(odata_message *to, const char *name, const char *value)
{
    to->headers[to->http.header_count++] = (http_header){name, value};
}

static const char *content_type(const cihsm_request *request)
{
    if (request->content_type != NULL) {
        return request->content_type;
    }
    return request->value != NULL ? "application/json" : "application/octet-stream";
}

cihsm_status odata_message_make(const char *root, const cihsm_request *request, odata_message *out,
                                cihsm_error *err)
{
    *out = (odata_message){.body = buffer_new(BODY_MAX)};
    out->http.method = request->method;
    out->http.headers = out->headers;
    CIHSM_TRY(make_url(root, request, &out->url, err));
    out->http.url = out->url;
    CIHSM_TRY(make_body(request, out, err));
    add_header(out, "Accept", "application/json");
    add_header(out, "DataServiceVersion", "2.0");
    add_header(out, "MaxDataServiceVersion", "2.0");
    if (out->http.body != NULL) {
        add_header(out, "Content-Type", content_type(request));
    }
    return CIHSM_OK;
}

void odata_message_free(odata_message *message)
{
    text_free(&message->url);
    buffer_free(&message->body);
}

static cihsm_status print_head(const odata_message *message, const char *root, buffer *to,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "%s %s\n", message->http.method, message->url));
    CIHSM_TRY(buffer_append_text(to, line, err));
    for (size_t i = 0; i < message->http.header_count; i++) {
        const http_header *header = &message->headers[i];
        text_free(&line);
        CIHSM_TRY(text_format(&line, err, "%s: %s\n", header->name, header->value));
        CIHSM_TRY(buffer_append_text(to, line, err));
    }
    if (odata_is_write(message->http.method)) {
        text_free(&line);
        CIHSM_TRY(text_format(&line, err, "X-CSRF-Token: (fetched by GET %s)\n", root));
        CIHSM_TRY(buffer_append_text(to, line, err));
    }
    return buffer_append_text(to, "\n", err);
}

cihsm_status odata_message_print(const odata_message *message, const char *root,
                                 cihsm_write_fn write, void *user, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer head = buffer_new(URL_MAX + 4096);
    CIHSM_TRY(print_head(message, root, &head, err));
    CIHSM_TRY(write(user, buffer_text(&head), head.len, err));
    return message->http.body_len == 0
               ? CIHSM_OK
               : write(user, message->http.body, message->http.body_len, err);
}

/* The set of a path of one segment, for the types of its properties (odata/tidy.h). */
static cihsm_status owner_of(const char *path, char **out, cihsm_error *err)
{
    odata_segment first;
    odata_segment second;
    const char *cursor = path;
    if (!odata_path_next(&cursor, &first) || odata_path_next(&cursor, &second)) {
        return CIHSM_OK;
    }
    return text_format(out, err, "%.*s", (int)first.name_len, first.name);
}

static cihsm_status read_answer(const odata_service *service, const char *path, odata_answer *out,
                                cihsm_error *err)
{
    out->page.kind = CIHSM_RESULT_BYTES;
    if (out->response.body.len == 0) { /* whatever type the server names for it */
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *owner = NULL;
    CIHSM_TRY(owner_of(path, &owner, err));
    CIHSM_TRY(odata_page_parse(&out->response, ODATA_WANT_WRITTEN, &out->page, err));
    return out->page.is_odata ? odata_tidy(out->page.value, owner, &service->types, err) : CIHSM_OK;
}

/* It was done; only what it gave is lost. */
static cihsm_status fail_unreadable(const http_response *response, const cihsm_error *why,
                                    cihsm_error *err)
{
    return cihsm_fail(
        err, why->status, why->origin, why->native,
        "the tenant did it (%ld), do not repeat it, but its answer cannot be read: %s",
        response->status, why->message);
}

cihsm_status odata_answer_read(const odata_service *service, const char *path, odata_answer *answer,
                               cihsm_error *err)
{
    if (!odata_is_success(answer->response.status)) {
        return odata_fail(&service->hint, path, &answer->response, err);
    }
    cihsm_error why = {0};
    const cihsm_status status = read_answer(service, path, answer, &why);
    return status == CIHSM_OK ? CIHSM_OK : fail_unreadable(&answer->response, &why, err);
}

/* A write without an answer may have been done: that has to be found out before it is repeated. */
static cihsm_status fail_unanswered(const char *path, const http_response *response,
                                    const cihsm_error *why, cihsm_error *err)
{
    if (!response->was_sent) {
        return cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
    }
    return cihsm_fail(err, why->status, why->origin, why->native,
                      "%s; before you repeat it look what was done: cihsm get \"%.160s\"",
                      why->message, path);
}

static cihsm_status exchange(const odata_service *service, odata_csrf *csrf,
                             const http_request *request, const char *path, http_response *response,
                             cihsm_error *err)
{
    const http_transport *transport = &service->transport;
    if (!odata_is_write(request->method)) {
        return transport->send(transport->context, request, response, err);
    }
    cihsm_error why = {0};
    const cihsm_status status = odata_csrf_send(csrf, service, request, response, &why);
    return status == CIHSM_OK ? CIHSM_OK : fail_unanswered(path, response, &why, err);
}

cihsm_status odata_send(const odata_service *service, odata_csrf *csrf,
                        const cihsm_request *request, odata_answer *out, cihsm_error *err)
{
    CIHSM_AUTO(odata_message_free) odata_message message = {0};
    *out = (odata_answer){0};
    http_response_init(&out->response, odata_service_response_max(service));
    CIHSM_TRY(odata_message_make(service->root, request, &message, err));
    CIHSM_TRY(exchange(service, csrf, &message.http, request->path, &out->response, err));
    if (odata_csrf_is_refused(&out->response)) {
        return odata_csrf_fail(&out->response, err);
    }
    return odata_answer_read(service, request->path, out, err);
}

void odata_answer_free(odata_answer *answer)
{
    odata_page_free(&answer->page);
    http_response_free(&answer->response);
}
