/* SPDX-License-Identifier: Apache-2.0 */
#include "client/login.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/hint.h"
#include "http/client.h"
#include "http/url.h"

struct login {
    credentials *identity; /* borrowed */
    const cihsm_log *log;  /* borrowed */
    char *ca;
    long connect_timeout_ms;
    long timeout_ms;
    tls_watch watch; /* of the last handshake with a token host */
    auth *tokens;
};

void login_free(login **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    auth_free(&(*of)->tokens);
    text_free(&(*of)->ca);
    free(*of);
    *of = NULL;
}

/* One request to the token host; the record of a signature names that host meanwhile. */
static cihsm_status ask_token_host(void *user, bool with_certificate, const http_request *request,
                                   http_response *response, cihsm_error *err)
{
    login *self = user;
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_TRY(http_url_origin(request->url, &origin, err));
    const http_client_config config = {
        .identity = with_certificate ? self->identity->tls : NULL,
        .origin = origin,
        .ca_file = self->ca,
        .connect_timeout_ms = self->connect_timeout_ms,
        .timeout_ms = self->timeout_ms,
        .log = self->log,
        .cause = credentials_cause(self->identity),
    };
    CIHSM_AUTO(http_client_free) http_client *http = NULL;
    CIHSM_TRY(http_client_new(&config, &http, err));
    const http_transport transport = http_client_transport(http);
    const char *before = self->identity->peer;
    self->identity->peer = origin + strlen("https://");
    const cihsm_status status = transport.send(transport.context, request, response, err);
    self->identity->peer = before;
    self->watch = *http_client_watch(http);
    return status;
}

static cihsm_status advise(void *user, char **out, cihsm_error *err)
{
    const login *self = user;
    return hint_token_host(self->identity->chain, &self->watch, out, err);
}

cihsm_status login_open(credentials *identity, const cihsm_client_config *config,
                        http_transport api, login **out, cihsm_error *err)
{
    CIHSM_AUTO(login_free) login *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->identity = identity;
    made->log = config->log;
    made->connect_timeout_ms = config->connect_timeout_ms;
    made->timeout_ms = config->timeout_ms;
    CIHSM_TRY(text_set(&made->ca, config->ca, err));
    const auth_config tokens = {
        .service_key = identity->service_key,
        .by_certificate = identity->auth == CIHSM_AUTH_OAUTH_CERTIFICATE,
        .api = api,
        .ask = ask_token_host,
        .advise = advise,
        .user = made,
        .log = config->log,
    };
    CIHSM_TRY(auth_new(&tokens, &made->tokens, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

http_transport login_transport(login *of)
{
    return auth_transport(of->tokens);
}
