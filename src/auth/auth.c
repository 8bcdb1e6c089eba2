/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"

#include <stdlib.h>

#include "auth/flight.h"
#include "auth/issuer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "identity/service_key.h"

#define HEADERS_MAX 32 /* of a request, with Authorization */

struct auth {
    auth_issuer issuer;
    http_transport api;
    auth_flight *flights; /* started, and no head yet */
};

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
    made->api = config->api;
    made->issuer.config = *config;
    if (config->clock.now_us == NULL) {
        made->issuer.config.clock = clock_system(NULL);
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void auth_free(auth **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    while ((*of)->flights != NULL) {
        CIHSM_AUTO(auth_flight_free)
        auth_flight *gone = auth_flight_take(&(*of)->flights, (*of)->flights->exchange);
    }
    auth_issuer_clear(&(*of)->issuer);
    free(*of);
    *of = NULL;
}

/* --- one at a time ----------------------------------------------------------------------- */

/* The request with one header more. @param headers  room for HEADERS_MAX */
static cihsm_status add_token(const auth *self, const http_request *request, http_header *headers,
                              http_request *out, cihsm_error *err)
{
    if (request->header_count >= HEADERS_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "a request has more than %d headers",
                                HEADERS_MAX - 1);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i] = request->headers[i];
    }
    headers[request->header_count] =
        (http_header){"Authorization", auth_issuer_header(&self->issuer)};
    *out = *request;
    out->headers = headers;
    out->header_count++;
    return CIHSM_OK;
}

static cihsm_status send_with_token(const auth *self, const http_request *request,
                                    http_response *response, cihsm_error *err)
{
    http_header headers[HEADERS_MAX];
    http_request with_token;
    CIHSM_TRY(add_token(self, request, headers, &with_token, err));
    return self->api.send(self->api.context, &with_token, response, err);
}

static cihsm_status start_with_token(const auth *self, const http_request *request,
                                     http_exchange *exchange, cihsm_error *err)
{
    http_header headers[HEADERS_MAX];
    http_request with_token;
    CIHSM_TRY(add_token(self, request, headers, &with_token, err));
    return self->api.start(self->api.context, &with_token, exchange, err);
}

/* @param response  out: what is known of a token server that gave none */
static cihsm_status tell_issuer(const auth *self, cihsm_status status, http_response *response)
{
    if (status != CIHSM_OK) {
        response->retry_after_s = self->issuer.retry_after_s;
        response->is_final = self->issuer.is_final;
    }
    return status;
}

static cihsm_status ensure_token(auth *self, http_response *response, cihsm_error *err)
{
    return tell_issuer(self, auth_issuer_ensure(&self->issuer, err), response);
}

static cihsm_status replace_token(auth *self, http_response *response, cihsm_error *err)
{
    return tell_issuer(self, auth_issuer_replace(&self->issuer, err), response);
}

/* A token can be made invalid early, so one 401 is worth a new one. */
static cihsm_status send_twice_at_most(auth *self, const http_request *request,
                                       http_response *response, cihsm_error *err)
{
    CIHSM_TRY(ensure_token(self, response, err));
    CIHSM_TRY(send_with_token(self, request, response, err));
    if (response->status != 401) {
        return CIHSM_OK;
    }
    CIHSM_TRY(replace_token(self, response, err)); /* a refused write was not carried out */
    return send_with_token(self, request, response, err);
}

/* --- several at once --------------------------------------------------------------------- */

/* Others that were refused with the same token may have brought a new one already. */
static cihsm_status start_again(auth *self, const auth_flight *refused, cihsm_error *err)
{
    if (refused->token == self->issuer.count) {
        CIHSM_TRY(replace_token(self, &refused->exchange->response, err));
    }
    return start_with_token(self, &refused->copy.request, refused->exchange, err);
}

/* What was refused is started once more; the asker never sees the refusal. */
static void look_at_heads(auth *self)
{
    const http_transport *api = &self->api;
    auth_flight *next = NULL;
    for (auth_flight *one = self->flights; one != NULL; one = next) {
        next = one->next;
        http_exchange *exchange = one->exchange;
        if (!exchange->has_head && !exchange->is_done) {
            continue;
        }
        CIHSM_AUTO(auth_flight_free)
        auth_flight *landed = auth_flight_take(&self->flights, exchange);
        if (!exchange->has_head || exchange->response.status != 401) {
            continue;
        }
        api->cancel(api->context, exchange);
        cihsm_error failure = {0};
        if (start_again(self, landed, &failure) != CIHSM_OK) {
            exchange->failure = failure;
            exchange->is_done = true;
        }
    }
}

static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    auth *self = context;
    const cihsm_status status = send_twice_at_most(self, request, response, err);
    look_at_heads(self); /* the others went on meanwhile */
    return status;
}

static cihsm_status start_request(void *context, const http_request *request,
                                  http_exchange *exchange, cihsm_error *err)
{
    auth *self = context;
    CIHSM_TRY(ensure_token(self, &exchange->response, err));
    CIHSM_AUTO(auth_flight_free) auth_flight *flight = NULL;
    CIHSM_TRY(auth_flight_new(request, exchange, &flight, err));
    CIHSM_TRY(start_with_token(self, request, exchange, err));
    flight->token = self->issuer.count;
    auth_flight_push(&self->flights, CIHSM_MOVE(flight));
    return CIHSM_OK;
}

static cihsm_status wait_for_news(void *context, long timeout_ms, cihsm_error *err)
{
    auth *self = context;
    const cihsm_status status = self->api.wait(self->api.context, timeout_ms, err);
    look_at_heads(self);
    return status;
}

static void cancel(void *context, http_exchange *exchange)
{
    auth *self = context;
    CIHSM_AUTO(auth_flight_free) auth_flight *gone = auth_flight_take(&self->flights, exchange);
    self->api.cancel(self->api.context, exchange);
}

static void wake(void *context)
{
    const auth *self = context;
    self->api.wake(self->api.context);
}

http_transport auth_transport(auth *of)
{
    return (http_transport){.send = send_request,
                            .start = start_request,
                            .wait = wait_for_news,
                            .cancel = cancel,
                            .wake = wake,
                            .context = of};
}
