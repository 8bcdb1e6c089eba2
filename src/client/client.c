/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/client.h"

#include <stdlib.h>

#include "base/cancel.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/credentials.h"
#include "client/hint.h"
#include "client/login.h"
#include "client/pacing.h"
#include "client/session.h"
#include "client/signing.h"
#include "client/typing.h"
#include "http/client.h"
#include "http/transport.h"
#include "integration/catalogue.h"
#include "integration/hint.h"
#include "odata/csrf.h"
#include "odata/service.h"

struct cihsm_client {
    credentials *identity;
    http_client *http;
    login *login; /* NULL: by certificate at the API host */
    pacing pacing;
    typing *types;
    odata_service service;
    odata_csrf csrf;
};

/* What to do about a refusal of the certificate (401) or for a role (403), or a wrong name (404).
 */
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
    return http_status == 404 ? integration_hint_404(catalogue, path, out, err)
                              : integration_hint_403(catalogue, path, out, err);
}

/* For a write; a refusal of the certificate is the same for both. */
static cihsm_status write_hint(void *user, long http_status, const char *path, char **out,
                               cihsm_error *err)
{
    if (http_status != 403) {
        return hint(user, http_status, path, out, err);
    }
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    return integration_hint_403_write(catalogue, path, out, err);
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
        .cancel = config->cancel,
        .cause = credentials_cause(client->identity),
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
    CIHSM_TRY(cancel_check(config->cancel, "nothing was sent", err));
    CIHSM_TRY(open_http(client, config, err));
    const http_transport sender = client->login == NULL ? http_client_transport(client->http)
                                                        : login_transport(client->login);
    CIHSM_TRY(pacing_open(&client->pacing, config, client->identity->root, sender, err));
    CIHSM_TRY(typing_new(config->metadata, client->identity->root, &client->types, err));
    client->service = (odata_service){
        .transport = http_patience_transport(&client->pacing.patience),
        .root = client->identity->root,
        .hint = {.write = hint, .user = client},
        .types = typing_types(client->types),
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
    odata_csrf_free(&(*client)->csrf);
    pacing_close(&(*client)->pacing);
    typing_free(&(*client)->types);
    login_free(&(*client)->login);
    http_client_free(&(*client)->http); /* connections before the key they use */
    credentials_free(&(*client)->identity);
    free(*client);
    *client = NULL;
}

const odata_service *client_service(const cihsm_client *client)
{
    return &client->service;
}

odata_service client_write_service(const cihsm_client *client)
{
    odata_service service = client->service;
    service.hint.write = write_hint;
    service.hint.is_write = true;
    return service;
}

odata_csrf *client_csrf(cihsm_client *client)
{
    return &client->csrf;
}

const clock_source *client_clock(const cihsm_client *client)
{
    return &client->pacing.patience.config.clock;
}

cihsm_status client_wait_batch(cihsm_client *client, const cihsm_operation *operations,
                               size_t count, cihsm_error *err)
{
    return pacing_wait_batch(&client->pacing, operations, count, err);
}

http_patience *client_patience(cihsm_client *client)
{
    return &client->pacing.patience;
}

const char *cihsm_client_root(const cihsm_client *client)
{
    return client->identity->root;
}
