/* SPDX-License-Identifier: Apache-2.0 */
#include "script_transport.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cmocka_all.h"

static void expect_text(const char *wanted, const char *text)
{
    if (wanted == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, wanted);
    }
}

static const char *header_of(const http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

static void expect(const script_line *line, const http_request *request)
{
    assert_non_null(line->method); /* the script knows of one more request */
    assert_string_equal(request->method, line->method);
    assert_string_equal(request->url, line->url);
    expect_text(line->token, header_of(request, "X-CSRF-Token"));
    if (line->body == NULL) {
        assert_null(request->body);
        assert_null(header_of(request, "Content-Type"));
        return;
    }
    assert_int_equal(request->body_len, strlen(line->body));
    assert_memory_equal(request->body, line->body, request->body_len);
}

static cihsm_status answer(void *context, const http_request *request, http_response *response,
                           cihsm_error *err)
{
    script_transport *script = context;
    const script_line *line = script->line++;
    expect(line, request);
    buffer_clear(&response->body);
    response->status = line->status;
    response->was_sent = line->status != 0 || line->was_sent;
    if (line->status == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TIMEOUT, "no answer");
    }
    CIHSM_TRY(text_set(&response->csrf_token, line->gives, err));
    CIHSM_TRY(text_set(&response->content_type, line->type, err));
    return line->says == NULL ? CIHSM_OK : buffer_append_text(&response->body, line->says, err);
}

http_transport script_transport_table(script_transport *script)
{
    return (http_transport){.send = answer, .context = script};
}
