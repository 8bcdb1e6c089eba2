/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer.h"

#include <limits.h>

#include "base/error.h"
#include "base/text.h"
#include "http/request.h"

#define HEADERS_MAX_BYTES ((size_t)256 << 10) /* of one answer, cookies included */

/* A return value other than len ends the transfer. */
static size_t take_body(char *bytes, size_t one, size_t len, void *user)
{
    (void)one; /* always 1 */
    http_answer *answer = user;
    buffer *body = &answer->response->body;
    if (len > answer->body_max || body->len > answer->body_max - len) {
        cihsm_fail_plain(&answer->failure, CIHSM_E_LIMIT,
                         "the answer of %s is larger than %zu bytes: ask for less, for example "
                         "with a filter or fewer entries a page",
                         answer->host, answer->body_max);
        return 0;
    }
    return buffer_append(body, bytes, len, &answer->failure) == CIHSM_OK ? len : 0;
}

static size_t count_header(char *line, size_t one, size_t len, void *user)
{
    (void)line;
    (void)one; /* always 1 */
    http_answer *answer = user;
    if (len > HEADERS_MAX_BYTES - answer->header_bytes) {
        cihsm_fail_plain(&answer->failure, CIHSM_E_LIMIT,
                         "the answer of %s has more than %zu bytes of headers", answer->host,
                         HEADERS_MAX_BYTES);
        return 0;
    }
    answer->header_bytes += len;
    return len;
}

cihsm_status http_answer_begin(http_answer *answer, CURL *easy, cihsm_error *err)
{
    http_response *response = answer->response;
    buffer_clear(&response->body);
    text_free(&response->content_type);
    text_free(&response->location);
    text_free(&response->csrf_token);
    response->status = 0;
    response->retry_after_s = 0;
    response->total_us = 0;
    if (answer->body_max == 0 || answer->body_max > response->body.max) {
        answer->body_max = response->body.max;
    }
    HTTP_SET(easy, CURLOPT_WRITEFUNCTION, take_body, err);
    HTTP_SET(easy, CURLOPT_WRITEDATA, answer, err);
    HTTP_SET(easy, CURLOPT_HEADERFUNCTION, count_header, err);
    HTTP_SET(easy, CURLOPT_HEADERDATA, answer, err);
    return CIHSM_OK;
}

/* Of the final answer only: neither a proxy's nor an interim one's. NULL if absent. */
static const char *field_of(CURL *easy, const char *name)
{
    struct curl_header *field = NULL;
    const CURLHcode code = curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &field);
    return code == CURLHE_OK ? field->value : NULL;
}

cihsm_status http_answer_finish(http_answer *answer, CURL *easy, cihsm_error *err)
{
    http_response *response = answer->response;
    curl_off_t retry_after_s = 0;
    curl_off_t total_us = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s); /* also understands dates */
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total_us);
    response->retry_after_s = retry_after_s > LONG_MAX ? LONG_MAX : (long)retry_after_s;
    response->total_us = total_us;

    CIHSM_TRY(text_set(&response->content_type, field_of(easy, "Content-Type"), err));
    CIHSM_TRY(text_set(&response->location, field_of(easy, "Location"), err));
    return text_set(&response->csrf_token, field_of(easy, "X-CSRF-Token"), err);
}
