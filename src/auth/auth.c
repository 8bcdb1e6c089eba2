/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/answer.h"
#include "auth/endpoint.h"
#include "auth/form.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/service_key.h"

#define ANSWER_MAX_BYTES ((size_t)256 << 10)
#define FORM_MAX_BYTES                                                             \
    ((size_t)64 << 10)      /* a secret of the largest size, encoded, and the rest \
                             */
#define MARGIN_MAX_MS 60000 /* a token is renewed so long before it expires */
#define HEADERS_MAX 32      /* of a request, with Authorization */

struct auth {
    auth_config config;
    char *endpoint; /* of tokens; NULL: not known yet */
    auth_token token;
    int64_t renew_at_ms; /* by the clock of config; meaningless without a lifetime */
};

/* Goes on while the machine sleeps, and no one sets it. */
static int64_t uptime_ms(void *user)
{
    (void)user;
    struct timespec now = {0};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static cihsm_status fail_absent(const char *path, const char *field, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "service key %s has no field %s, which OAuth needs: copy the service "
                            "key again completely, or use --auth certificate",
                            path, field);
}

cihsm_status auth_check_key(const cihsm_service_key *key, bool by_certificate, cihsm_error *err)
{
    const char *path = service_key_path(key);
    if (service_key_client_id(key) == NULL) {
        return fail_absent(path, "clientid", err);
    }
    if (service_key_token_url(key) == NULL) {
        return fail_absent(path, "tokenurl", err);
    }
    if (!by_certificate && service_key_secret(key) == NULL) {
        return fail_absent(path, "clientsecret", err);
    }
    return CIHSM_OK;
}

cihsm_status auth_new(const auth_config *config, auth **out, cihsm_error *err)
{
    CIHSM_TRY(auth_check_key(config->service_key, config->by_certificate, err));
    CIHSM_AUTO(auth_free) auth *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->config = *config;
    if (made->config.now_ms == NULL) {
        made->config.now_ms = uptime_ms;
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void auth_free(auth **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    auth_token_free(&(*of)->token);
    text_free(&(*of)->endpoint);
    free(*of);
    *of = NULL;
}

/* --- asking the token server ------------------------------------------------------------- */

/* Says that it was about the token, which the person did not ask for. */
static cihsm_status ask(const auth *self, bool with_certificate, const http_request *request,
                        http_response *answer, cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status =
        self->config.ask(self->config.user, with_certificate, request, answer, &why);
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    return cihsm_fail(err, status, why.origin, why.native, "no OAuth token: %s", why.message);
}

static auth_asked asked_at(const auth *self, const char *url)
{
    const cihsm_service_key *key = self->config.service_key;
    return (auth_asked){.url = url,
                        .path = service_key_path(key),
                        .by_certificate = self->config.by_certificate,
                        .forbidden = service_key_secret(key)};
}

static cihsm_status discover(auth *self, const char *token_url, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(auth_endpoint_configuration(token_url, &url, err));
    const http_header accept = {"Accept", "application/json"};
    const http_request request = {
        .method = "GET", .url = url, .headers = &accept, .header_count = 1};
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, ANSWER_MAX_BYTES);
    CIHSM_TRY(ask(self, false, &request, &answer, err));
    const auth_asked asked = asked_at(self, url);
    CIHSM_TRY(auth_endpoint_read(&answer, &asked, &self->endpoint, err));
    log_line(self->config.log, CIHSM_LOG_DEBUG, "auth", "tokens by certificate come from %s",
             self->endpoint);
    return CIHSM_OK;
}

static cihsm_status find_endpoint(auth *self, cihsm_error *err)
{
    const char *token_url = service_key_token_url(self->config.service_key);
    if (self->endpoint != NULL) {
        return CIHSM_OK;
    }
    if (self->config.by_certificate && !auth_endpoint_is_mutual(token_url)) {
        return discover(self, token_url, err);
    }
    return text_set(&self->endpoint, token_url, err);
}

static cihsm_status write_form(const auth *self, buffer *form, cihsm_error *err)
{
    static const char GRANT[] = "client_credentials";
    const char *id = service_key_client_id(self->config.service_key);
    CIHSM_TRY(auth_form_add(form, "grant_type", GRANT, strlen(GRANT), err));
    CIHSM_TRY(auth_form_add(form, "client_id", id, strlen(id), err));
    if (self->config.by_certificate) {
        return CIHSM_OK;
    }
    const cihsm_secret *secret = service_key_secret(self->config.service_key);
    return auth_form_add(form, "client_secret", cihsm_secret_bytes(secret),
                         cihsm_secret_len(secret), err);
}

static void keep(auth *self, const auth_token *token, int64_t asked_ms)
{
    const int64_t lifetime_ms = token->lifetime_s * 1000;
    const int64_t tenth_ms = lifetime_ms / 10;
    auth_token_free(&self->token);
    self->token = *token;
    self->renew_at_ms =
        asked_ms + lifetime_ms - (tenth_ms < MARGIN_MAX_MS ? tenth_ms : MARGIN_MAX_MS);
    log_line(self->config.log, CIHSM_LOG_INFO, "auth", "OAuth token by %s from %s, for %lld s",
             self->config.by_certificate ? "certificate" : "client secret", self->endpoint,
             (long long)token->lifetime_s);
}

static cihsm_status advise(const auth *self, const http_response *answer, char **out,
                           cihsm_error *err)
{
    if (answer->status != 401 || !self->config.by_certificate || self->config.advise == NULL) {
        return CIHSM_OK;
    }
    return self->config.advise(self->config.user, out, err);
}

static cihsm_status fetch_token(auth *self, cihsm_error *err)
{
    CIHSM_TRY(find_endpoint(self, err));
    CIHSM_AUTO(buffer_free) buffer form = buffer_new(FORM_MAX_BYTES);
    CIHSM_TRY(write_form(self, &form, err));
    const http_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded"},
        {"Accept", "application/json"},
    };
    const http_request request = {.method = "POST",
                                  .url = self->endpoint,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers,
                                  .body = form.data,
                                  .body_len = form.len};
    CIHSM_AUTO(http_response_free) http_response answer;
    http_response_init(&answer, ANSWER_MAX_BYTES);
    const int64_t asked_ms = self->config.now_ms(self->config.user);
    CIHSM_TRY(ask(self, self->config.by_certificate, &request, &answer, err));
    CIHSM_AUTO(text_free) char *advice = NULL;
    CIHSM_TRY(advise(self, &answer, &advice, err));
    auth_asked asked = asked_at(self, self->endpoint);
    asked.advice = advice;
    auth_token token = {0};
    CIHSM_TRY(auth_answer_token(&answer, &asked, &token, err));
    keep(self, &token, asked_ms);
    return CIHSM_OK;
}

/* --- requests with a token --------------------------------------------------------------- */

static bool needs_token(const auth *self)
{
    if (self->token.header == NULL) {
        return true;
    }
    return self->token.lifetime_s > 0 &&
           self->config.now_ms(self->config.user) >= self->renew_at_ms;
}

static cihsm_status send_with_token(const auth *self, const http_request *request,
                                    http_response *response, cihsm_error *err)
{
    http_header headers[HEADERS_MAX];
    if (request->header_count >= HEADERS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "a request has more than %d headers",
                                HEADERS_MAX - 1);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i] = request->headers[i];
    }
    headers[request->header_count] =
        (http_header){"Authorization", cihsm_secret_bytes(self->token.header)};
    http_request with_token = *request;
    with_token.headers = headers;
    with_token.header_count++;
    const http_transport *api = &self->config.api;
    return api->send(api->context, &with_token, response, err);
}

/* A token can be made invalid early, so one 401 is worth a new one. It was not carried out, so a
 * write can be sent again. */
static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    auth *self = context;
    if (needs_token(self)) {
        CIHSM_TRY(fetch_token(self, err));
    }
    CIHSM_TRY(send_with_token(self, request, response, err));
    if (response->status != 401) {
        return CIHSM_OK;
    }
    log_line(self->config.log, CIHSM_LOG_INFO, "auth",
             "the tenant refuses the token: once more with a new one");
    CIHSM_TRY(fetch_token(self, err));
    return send_with_token(self, request, response, err);
}

http_transport auth_transport(auth *of)
{
    return (http_transport){.send = send_request, .context = of};
}
