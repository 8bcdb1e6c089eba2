/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/issuer.h"

#include <string.h>

#include "auth/endpoint.h"
#include "auth/form.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/service_key.h"

#define ANSWER_MAX_BYTES ((size_t)256 << 10)
/* a secret of the largest size, encoded, and the rest */
#define FORM_MAX_BYTES ((size_t)64 << 10)
#define MARGIN_MAX_MS 60000 /* a token is renewed so long before it expires */

void auth_issuer_clear(auth_issuer *self)
{
    auth_token_free(&self->token);
    text_free(&self->endpoint);
}

/* Says that it was about the token, which the person did not ask for. */
static cihsm_status ask(auth_issuer *self, bool with_certificate, const http_request *request,
                        http_response *answer, cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status =
        self->config.ask(self->config.user, with_certificate, request, answer, &why);
    self->is_final = answer->is_final;
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    return cihsm_fail(err, status, why.origin, why.native, "no OAuth token: %s", why.message);
}

static auth_asked asked_at(const auth_issuer *self, const char *url)
{
    const cihsm_service_key *key = self->config.service_key;
    return (auth_asked){.url = url,
                        .path = service_key_path(key),
                        .by_certificate = self->config.by_certificate,
                        .forbidden = service_key_secret(key)};
}

static cihsm_status discover(auth_issuer *self, const char *token_url, cihsm_error *err)
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
    self->retry_after_s = answer.retry_after_s;
    CIHSM_TRY(auth_endpoint_read(&answer, &asked, &self->endpoint, err));
    log_line(self->config.log, CIHSM_LOG_DEBUG, "auth", "tokens by certificate come from %s",
             self->endpoint);
    return CIHSM_OK;
}

static cihsm_status find_endpoint(auth_issuer *self, cihsm_error *err)
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

static cihsm_status write_form(const auth_issuer *self, buffer *form, cihsm_error *err)
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

static void keep(auth_issuer *self, const auth_token *token, int64_t asked_ms)
{
    const int64_t lifetime_ms = token->lifetime_s * 1000;
    const int64_t tenth_ms = lifetime_ms / 10;
    auth_token_free(&self->token);
    self->token = *token;
    self->count++;
    self->renew_at_ms =
        asked_ms + lifetime_ms - (tenth_ms < MARGIN_MAX_MS ? tenth_ms : MARGIN_MAX_MS);
    log_line(self->config.log, CIHSM_LOG_INFO, "auth", "OAuth token by %s from %s, for %lld s",
             self->config.by_certificate ? "certificate" : "client secret", self->endpoint,
             (long long)token->lifetime_s);
}

static cihsm_status advise(const auth_issuer *self, const http_response *answer, char **out,
                           cihsm_error *err)
{
    if (answer->status != 401 || !self->config.by_certificate || self->config.advise == NULL) {
        return CIHSM_OK;
    }
    return self->config.advise(self->config.user, out, err);
}

static cihsm_status fetch_token(auth_issuer *self, cihsm_error *err)
{
    self->retry_after_s = 0;
    self->is_final = false;
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
    const int64_t asked_ms = clock_now_us(&self->config.clock) / 1000;
    CIHSM_TRY(ask(self, self->config.by_certificate, &request, &answer, err));
    self->retry_after_s = answer.retry_after_s;
    CIHSM_AUTO(text_free) char *advice = NULL;
    CIHSM_TRY(advise(self, &answer, &advice, err));
    auth_asked asked = asked_at(self, self->endpoint);
    asked.advice = advice;
    auth_token token = {0};
    CIHSM_TRY(auth_answer_token(&answer, &asked, &token, err));
    keep(self, &token, asked_ms);
    return CIHSM_OK;
}

static bool needs_token(const auth_issuer *self)
{
    if (self->token.header == NULL) {
        return true;
    }
    return self->token.lifetime_s > 0 &&
           clock_now_us(&self->config.clock) / 1000 >= self->renew_at_ms;
}

cihsm_status auth_issuer_ensure(auth_issuer *self, cihsm_error *err)
{
    return needs_token(self) ? fetch_token(self, err) : CIHSM_OK;
}

cihsm_status auth_issuer_replace(auth_issuer *self, cihsm_error *err)
{
    log_line(self->config.log, CIHSM_LOG_INFO, "auth",
             "the tenant refuses the token: once more with a new one");
    return fetch_token(self, err);
}

const char *auth_issuer_header(const auth_issuer *self)
{
    return cihsm_secret_bytes(self->token.header);
}
