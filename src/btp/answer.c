/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/answer.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"

cihsm_status btp_answer_status(long http)
{
    static const struct {
        long from;
        long to;
        cihsm_status status;
    } ROWS[] = {
        {200, 299, CIHSM_OK},          {401, 401, CIHSM_E_REFUSED},  {403, 403, CIHSM_E_REFUSED},
        {404, 404, CIHSM_E_NOT_FOUND}, {409, 409, CIHSM_E_CONFLICT}, {412, 412, CIHSM_E_CONFLICT},
        {423, 423, CIHSM_E_BUSY},      {429, 429, CIHSM_E_BUSY},     {501, 501, CIHSM_E_REJECTED},
        {400, 499, CIHSM_E_REJECTED},  {500, 599, CIHSM_E_SERVER},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (http >= ROWS[i].from && http <= ROWS[i].to) {
            return ROWS[i].status;
        }
    }
    return CIHSM_E_PROTOCOL;
}

/* Without the parser's words: they may quote the answer. */
static cihsm_status parse(const http_response *answer, cihsm_value **out)
{
    return cihsm_value_parse(buffer_text(&answer->body), answer->body.len, out, NULL);
}

cihsm_status btp_answer_object(const http_response *answer, const char *host, cihsm_value **out,
                               cihsm_error *err)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const cihsm_status status = parse(answer, &document);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK || cihsm_value_kind(document) != CIHSM_VALUE_OBJECT) {
        return cihsm_fail(err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, (unsigned long)answer->status,
                          "the answer of %.120s is no JSON object; is it the right host", host);
    }
    *out = CIHSM_MOVE(document);
    return CIHSM_OK;
}

static const char *words_of_object(const cihsm_value *document)
{
    static const char *const NAMES[] = {"error_description", "error", "ErrorMessage", "message"};
    const cihsm_value *first = cihsm_value_first(cihsm_value_get(document, "errors"));
    const char *words = cihsm_value_get_string(first, "detail");
    for (size_t i = 0; words == NULL && i < sizeof NAMES / sizeof *NAMES; i++) {
        words = cihsm_value_get_string(document, NAMES[i]);
    }
    return words;
}

static bool is_plain_text(const http_response *answer)
{
    return answer->content_type != NULL && text_starts(answer->content_type, "text/plain");
}

void btp_answer_words(const http_response *answer, char out[BTP_WORDS_SIZE])
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    const char *words = NULL;
    if (parse(answer, &document) == CIHSM_OK) {
        words = words_of_object(document);
    } else if (is_plain_text(answer)) {
        words = buffer_text(&answer->body);
    }
    words = words == NULL ? "" : words;
    text_escape(out, BTP_WORDS_SIZE, words, strlen(words));
}
