/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/exchange.h"

#include "base/error.h"

#define ANSWER_MAX_BYTES ((size_t)8 << 20)

static const http_header HEADERS[] = {
    {"Accept", "application/json"},
    {"X-CSRF-Token", "Fetch"}, /* asks for a token, changes nothing */
};

void exchange_end(exchange *of)
{
    login_free(&of->login);
    http_client_free(&of->http);
    http_response_free(&of->answer);
    *of = (exchange){.http = NULL};
}

static http_request request_for(const char *url)
{
    return (http_request){.method = "GET",
                          .url = url,
                          .headers = HEADERS,
                          .header_count = sizeof HEADERS / sizeof *HEADERS};
}

cihsm_status exchange_send(exchange *of, credentials *identity, const cihsm_client_config *config,
                           const char *url, bool may_show, cihsm_error *err)
{
    exchange_end(of);
    of->has_identity =
        may_show && identity->auth == CIHSM_AUTH_CERTIFICATE && identity->tls != NULL;
    const http_client_config http = {
        .identity = of->has_identity ? identity->tls : NULL,
        .origin = identity->origin,
        .ca_file = config->ca,
        .connect_timeout_ms = config->connect_timeout_ms,
        .timeout_ms = config->timeout_ms,
        .log = config->log,
        .cancel = config->cancel,
        .watch_proxy = true,
        .cause = credentials_cause(identity),
    };
    CIHSM_TRY(http_client_new(&http, &of->http, err));
    if (identity->key != NULL) {
        provider_key_forget_error(identity->key);
    }
    http_response_init(&of->answer, ANSWER_MAX_BYTES);
    const http_request request = request_for(url);
    const http_transport way = http_client_transport(of->http);
    of->status = way.send(way.context, &request, &of->answer, &of->error);
    of->is_answered = of->status == CIHSM_OK;
    return CIHSM_OK;
}

static cihsm_status send_to_api(void *context, const http_request *request, http_response *response,
                                cihsm_error *err)
{
    exchange *of = context;
    const http_transport way = http_client_transport(of->http);
    of->is_answered = true; /* whatever happens now is no matter of the token host */
    return way.send(way.context, request, response, err);
}

cihsm_status exchange_send_with_token(exchange *of, credentials *identity,
                                      const cihsm_client_config *config, const char *url,
                                      cihsm_error *err)
{
    const http_transport api = {.send = send_to_api, .context = of};
    CIHSM_TRY(login_open(identity, config, api, &of->login, err));
    of->is_answered = false;
    of->error = (cihsm_error){.status = CIHSM_OK};
    const http_request request = request_for(url);
    const http_transport way = login_transport(of->login);
    of->status = way.send(way.context, &request, &of->answer, &of->error);
    return CIHSM_OK;
}
