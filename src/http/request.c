/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"

cihsm_status http_setopt_failed(CURLoption option, CURLcode code, cihsm_error *err)
{
    if (code == CURLE_OUT_OF_MEMORY) {
        return cihsm_fail_memory(err);
    }
    const struct curl_easyoption *known = curl_easy_option_by_id(option);
    return cihsm_fail(err, CIHSM_E_INTERNAL, CIHSM_FROM_CURL, code,
                      "libcurl refuses the option %s: %s", known == NULL ? "?" : known->name,
                      curl_easy_strerror(code));
}

/* RFC 9110 section 5.6.2 */
static bool is_token(const char *text)
{
    if (*text == '\0') {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("!#$%&'*+-.^_`|~", *c) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_field_value(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c) && *c != '\t') {
            return false;
        }
    }
    return true;
}

static cihsm_status add_line(struct curl_slist **headers, const char *line, cihsm_error *err)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (longer == NULL) {
        return cihsm_fail_memory(err);
    }
    *headers = longer;
    return CIHSM_OK;
}

static cihsm_status add_header(struct curl_slist **headers, const http_header *header,
                               cihsm_error *err)
{
    if (!is_token(header->name) || !is_field_value(header->value)) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT,
                                "a header's name or value holds characters that HTTP forbids");
    }
    CIHSM_AUTO(text_free) char *line = NULL;
    if (header->value[0] == '\0') { /* libcurl's way to send a header without a value */
        CIHSM_TRY(text_format(&line, err, "%s;", header->name));
    } else {
        CIHSM_TRY(text_format(&line, err, "%s: %s", header->name, header->value));
    }
    return add_line(headers, line, err);
}

static cihsm_status add_headers(struct curl_slist **headers, const http_request *request,
                                cihsm_error *err)
{
    bool has_content_type = false;
    for (size_t i = 0; i < request->header_count; i++) {
        CIHSM_TRY(add_header(headers, &request->headers[i], err));
        has_content_type |= strcasecmp(request->headers[i].name, "Content-Type") == 0;
    }
    CIHSM_TRY(add_line(headers, "Expect:", err)); /* no pause of a second before a large body */
    if (!has_content_type) {
        CIHSM_TRY(add_line(headers, "Content-Type:", err)); /* libcurl would say: a web form */
    }
    return CIHSM_OK;
}

static bool is_method(const http_request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

/* All but GET and DELETE say at least Content-Length: 0. */
static cihsm_status set_body(CURL *easy, const http_request *request, cihsm_error *err)
{
    if (request->body == NULL && (is_method(request, "GET") || is_method(request, "DELETE"))) {
        return CIHSM_OK;
    }
    HTTP_SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len, err);
    HTTP_SET(easy, CURLOPT_POSTFIELDS, request->body == NULL ? "" : request->body, err);
    return CIHSM_OK;
}

/* The handle still carries the last request's method and body: HTTPGET takes both off. */
static cihsm_status set_method(CURL *easy, const http_request *request, cihsm_error *err)
{
    if (!is_token(request->method)) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "the HTTP method is no token");
    }
    HTTP_SET(easy, CURLOPT_HTTPGET, 1L, err);
    if (is_method(request, "HEAD")) {
        HTTP_SET(easy, CURLOPT_CUSTOMREQUEST, NULL, err);
        HTTP_SET(easy, CURLOPT_NOBODY, 1L, err);
        return CIHSM_OK;
    }
    HTTP_SET(easy, CURLOPT_CUSTOMREQUEST, request->method, err);
    return set_body(easy, request, err);
}

cihsm_status http_request_apply(CURL *easy, const http_request *request, const char *url,
                                const char *target, struct curl_slist **headers, cihsm_error *err)
{
    CIHSM_TRY(set_method(easy, request, err));
    CIHSM_TRY(add_headers(headers, request, err));
    HTTP_SET(easy, CURLOPT_HTTPHEADER, *headers, err);
    HTTP_SET(easy, CURLOPT_URL, url, err);
    /* libcurl 7.88 forgets the query of a URL if memory runs out just then, and goes on */
    HTTP_SET(easy, CURLOPT_REQUEST_TARGET, target, err);
    return CIHSM_OK;
}
