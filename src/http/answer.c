/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer.h"

#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/request.h"

#define HEADERS_MAX_BYTES ((size_t)256 << 10) /* of one answer, cookies included */
#define STEP_BYTES ((size_t)1024)             /* less is as good as silence: it would never end */

static void note_step(http_answer *answer, size_t len)
{
    answer->step_bytes += len;
    if (answer->step_bytes >= STEP_BYTES) {
        answer->has_progress = true;
        answer->step_bytes = 0;
    }
}

/* A return value other than len ends the transfer. */
static size_t take_body(char *bytes, size_t one, size_t len, void *user)
{
    (void)one; /* always 1 */
    http_answer *answer = user;
    buffer *body = &answer->exchange->response.body;
    answer->has_news = true;
    note_step(answer, len);
    if (len > answer->body_max || body->len > answer->body_max - len) {
        cihsm_fail_plain(&answer->failure, CIHSM_E_LIMIT,
                         "the answer of %s is larger than %zu bytes: ask for less, for example "
                         "with a filter or fewer entries a page",
                         answer->host, answer->body_max);
        return 0;
    }
    answer->body_bytes += len;
    return buffer_append(body, bytes, len, &answer->failure) == CIHSM_OK ? len : 0;
}

/* Of the final answer only: neither a proxy's nor an interim one's. NULL if absent. */
static const char *field_of(CURL *easy, const char *name)
{
    struct curl_header *field = NULL;
    const CURLHcode code = curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &field);
    return code == CURLHE_OK ? field->value : NULL;
}

static cihsm_status take_fields(CURL *easy, http_response *response, cihsm_error *err)
{
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s); /* also understands dates */
    response->retry_after_s = retry_after_s > LONG_MAX ? LONG_MAX : (long)retry_after_s;
    CIHSM_TRY(text_set(&response->content_type, field_of(easy, "Content-Type"), err));
    CIHSM_TRY(text_set(&response->location, field_of(easy, "Location"), err));
    CIHSM_TRY(text_set(&response->disposition, field_of(easy, "Content-Disposition"), err));
    return text_set(&response->csrf_token, field_of(easy, "X-CSRF-Token"), err);
}

/* After the empty line that ends the fields: of the answer, of an interim one, or of trailers. */
static cihsm_status end_fields(http_answer *answer)
{
    http_exchange *exchange = answer->exchange;
    long status = 0;
    curl_easy_getinfo(answer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (answer->has_head || status < 200) {
        return CIHSM_OK;
    }
    CIHSM_TRY(take_fields(answer->easy, &exchange->response, &answer->failure));
    exchange->response.status = status;
    answer->has_head = true;
    answer->has_progress = true;
    exchange->has_head = true;
    return CIHSM_OK;
}

static size_t take_header(char *line, size_t one, size_t len, void *user)
{
    (void)one; /* always 1 */
    http_answer *answer = user;
    answer->has_news = true;
    if (len > HEADERS_MAX_BYTES - answer->header_bytes) {
        cihsm_fail_plain(&answer->failure, CIHSM_E_LIMIT,
                         "the answer of %s has more than %zu bytes of headers", answer->host,
                         HEADERS_MAX_BYTES);
        return 0;
    }
    answer->header_bytes += len;
    const bool is_end = len <= 2 && memchr(line, '\n', len) != NULL;
    return is_end && end_fields(answer) != CIHSM_OK ? 0 : len;
}

static void empty(http_exchange *exchange)
{
    http_response *response = &exchange->response;
    buffer_clear(&response->body);
    text_free(&response->content_type);
    text_free(&response->location);
    text_free(&response->csrf_token);
    text_free(&response->disposition);
    response->status = 0;
    response->retry_after_s = 0;
    response->total_us = 0;
    response->was_sent = false;
    response->is_final = false;
    response->note[0] = '\0';
    exchange->has_head = false;
    exchange->is_done = false;
    exchange->failure = (cihsm_error){0};
}

cihsm_status http_answer_begin(http_answer *answer, cihsm_error *err)
{
    const size_t room = answer->exchange->response.body.max;
    empty(answer->exchange);
    if (answer->body_max == 0 || answer->body_max > room) {
        answer->body_max = room;
    }
    HTTP_SET(answer->easy, CURLOPT_WRITEFUNCTION, take_body, err);
    HTTP_SET(answer->easy, CURLOPT_WRITEDATA, answer, err);
    HTTP_SET(answer->easy, CURLOPT_HEADERFUNCTION, take_header, err);
    HTTP_SET(answer->easy, CURLOPT_HEADERDATA, answer, err);
    return CIHSM_OK;
}
