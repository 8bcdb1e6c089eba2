/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transport.h"

#include "base/text.h"

void http_response_init(http_response *response, size_t body_max)
{
    *response = (http_response){.body = buffer_new(body_max)};
}

void http_response_free(http_response *response)
{
    buffer_free(&response->body);
    text_free(&response->content_type);
    text_free(&response->location);
    text_free(&response->csrf_token);
    http_response_init(response, response->body.max);
}
