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
    text_free(&response->disposition);
    http_response_init(response, response->body.max);
}

void http_exchange_init(http_exchange *exchange, size_t body_max)
{
    *exchange = (http_exchange){0};
    http_response_init(&exchange->response, body_max);
}

void http_exchange_free(http_exchange *exchange)
{
    http_response_free(&exchange->response);
}
