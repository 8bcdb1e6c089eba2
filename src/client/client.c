/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/client.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/credentials.h"
#include "client/hint.h"
#include "client/login.h"
#include "client/signing.h"
#include "http/client.h"
#include "http/transport.h"
#include "integration/catalogue.h"
#include "integration/hint.h"
#include "odata/service.h"
#include "odata/uri.h"

struct cihsm_client {
    credentials *identity;
    http_client *http;
    login *login; /* NULL: by certificate at the API host */
    odata_service service;
};

/* A failed signature ends the handshake: what the token said is the cause, not what TLS says. */
static cihsm_status tell_cause(const cihsm_client *client, cihsm_status status,
                               const cihsm_error *sending, cihsm_error *err)
{
    cihsm_error cause = {0};
    if (client->identity->key == NULL || !provider_key_last_error(client->identity->key, &cause)) {
        cause = *sending;
        cause.status = status;
    }
    return cihsm_fail(err, cause.status, cause.origin, cause.native, "%s", cause.message);
}

/* The transport that the OData layer sees: HTTP, with a token if the login wants one, and with the
 * cause of a failed handshake. */
static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    cihsm_client *client = context;
    if (client->identity->key != NULL) {
        provider_key_forget_error(client->identity->key);
    }
    const http_transport way = client->login == NULL ? http_client_transport(client->http)
                                                     : login_transport(client->login);
    cihsm_error sending = {0};
    const cihsm_status status = way.send(way.context, request, response, &sending);
    return status == CIHSM_OK ? CIHSM_OK : tell_cause(client, status, &sending, err);
}

/* What to do about a refusal: of the certificate (401), or of the role (403). */
static cihsm_status hint(void *user, long http_status, const char *path, char **out,
                         cihsm_error *err)
{
    const cihsm_client *client = user;
    if (http_status == 401 && client->login != NULL) {
        return hint_token_refused(client->identity->service_key, out, err);
    }
    if (http_status == 401) {
        return hint_unauthorized(client->identity->chain, http_client_watch(client->http), out,
                                 err);
    }
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    return integration_hint_403(catalogue, path, out, err);
}

static cihsm_status open_http(cihsm_client *client, const cihsm_client_config *config,
                              cihsm_error *err)
{
    const bool by_token = client->identity->auth != CIHSM_AUTH_CERTIFICATE;
    const http_client_config http = {
        .identity = by_token ? NULL : client->identity->tls,
        .origin = client->identity->origin,
        .ca_file = config->ca,
        .connect_timeout_ms = config->connect_timeout_ms,
        .timeout_ms = config->timeout_ms,
        .log = config->log,
    };
    CIHSM_TRY(http_client_new(&http, &client->http, err));
    if (!by_token) {
        return CIHSM_OK;
    }
    return login_open(client->identity, config, http_client_transport(client->http), &client->login,
                      err);
}

cihsm_status cihsm_client_open(const cihsm_client_config *config, cihsm_client **out,
                               cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(signing_release) cihsm_signer own = {0};
    if (config->signer != NULL) {
        own = *config->signer;
    }
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(credentials_open(config, &own, &client->identity, err));
    CIHSM_TRY(open_http(client, config, err));
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    client->service = (odata_service){
        .transport = {.send = send_request, .context = client},
        .root = client->identity->root,
        .hint = {.write = hint, .user = client},
        .types = {.type_of = integration_property_type, .user = catalogue},
        .response_max_bytes = config->response_max_bytes,
        .log = config->log,
    };
    *out = CIHSM_MOVE(client);
    return CIHSM_OK;
}

void cihsm_client_free(cihsm_client **client)
{
    if (client == NULL || *client == NULL) {
        return;
    }
    login_free(&(*client)->login);
    http_client_free(&(*client)->http); /* connections before the key they use */
    credentials_free(&(*client)->identity);
    free(*client);
    *client = NULL;
}

const char *cihsm_client_root(const cihsm_client *client)
{
    return client->identity->root;
}

cihsm_status cihsm_query_check(const char *path, const cihsm_query *query, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(text_free) char *url = NULL;
    const bool is_absolute = text_starts(path, "https://");
    return odata_uri_build("https://tenant.invalid/api/v1/", is_absolute ? "/" : path, query, &url,
                           err);
}

/* cihsm_result is the OData layer's result under its public name. */
static odata_result *result_of(cihsm_result *result)
{
    return (odata_result *)result;
}

static const odata_result *const_result_of(const cihsm_result *result)
{
    return (const odata_result *)result;
}

cihsm_status cihsm_client_get(cihsm_client *client, const char *path, const cihsm_query *query,
                              cihsm_result **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    odata_result *result = NULL;
    CIHSM_TRY(odata_result_open(&client->service, path, query, &result, err));
    *out = (cihsm_result *)result;
    return CIHSM_OK;
}

cihsm_result_kind cihsm_result_what(const cihsm_result *result)
{
    return odata_result_what(const_result_of(result));
}

const cihsm_value *cihsm_result_value(const cihsm_result *result)
{
    return odata_result_value(const_result_of(result));
}

const char *cihsm_result_bytes(const cihsm_result *result, size_t *len)
{
    return odata_result_bytes(const_result_of(result), len);
}

bool cihsm_result_has_more(const cihsm_result *result)
{
    return odata_result_has_more(const_result_of(result));
}

cihsm_status cihsm_result_next(cihsm_result *result, cihsm_error *err)
{
    cihsm_error_clear(err);
    return odata_result_next(result_of(result), err);
}

void cihsm_result_free(cihsm_result **result)
{
    if (result != NULL && *result != NULL) {
        odata_result *owned = result_of(*result);
        odata_result_free(&owned);
        *result = NULL;
    }
}
