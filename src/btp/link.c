/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/link.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "auth/auth.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/client.h"
#include "http/patience.h"
#include "http/url.h"
#include "identity/service_key.h"
#include "tls/identity.h"

#define RETRY_TIME_MS 60000
#define BODY_MAX_BYTES ((size_t)1 << 20)
#define HEADERS_MAX 3

struct btp_link {
    http_client *http;
    http_patience patience;
    clock_source clock;
    char *origin;              /* "https://host[:port]" */
    http_client_config common; /* without origin and identity; its strings are borrowed */
    char *ca;
    tls_identity *identity; /* for token servers; NULL: a secret, or no login */
    auth *tokens;           /* NULL: no login */
};

static int64_t retry_time_ms(long configured)
{
    return configured == 0 ? RETRY_TIME_MS : configured < 0 ? 0 : configured;
}

static cihsm_status open_patience(btp_link *link, const cihsm_btp_network *network,
                                  cihsm_error *err)
{
    uint64_t seed = 0;
    if (RAND_bytes((unsigned char *)&seed, sizeof seed) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "no random bytes");
    }
    const http_patience_config config = {
        .below =
            link->tokens == NULL ? http_client_transport(link->http) : auth_transport(link->tokens),
        .clock = link->clock,
        .retry_time_ms = retry_time_ms(network->retry_time_ms),
        .seed = seed,
        .log = network->log,
    };
    http_patience_init(&link->patience, &config);
    return CIHSM_OK;
}

/* One request to the token server, on a connection of its own. */
static cihsm_status ask_token_server(void *user, bool with_certificate, const http_request *request,
                                     http_response *response, cihsm_error *err)
{
    const btp_link *link = user;
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_TRY(http_url_origin(request->url, &origin, err));
    http_client_config config = link->common;
    config.origin = origin;
    config.identity = with_certificate ? link->identity : NULL;
    CIHSM_AUTO(http_client_free) http_client *http = NULL;
    CIHSM_TRY(http_client_new(&config, &http, err));
    const http_transport transport = http_client_transport(http);
    return transport.send(transport.context, request, response, err);
}

static cihsm_status open_login(btp_link *link, const cihsm_service_key *login,
                               const cihsm_btp_network *network, cihsm_error *err)
{
    const bool by_certificate = cihsm_service_key_kind(login) == CIHSM_SERVICE_KEY_CERTIFICATE;
    if (by_certificate) {
        CIHSM_TRY(tls_identity_new(service_key_leaf(login), service_key_chain(login),
                                   service_key_private(login), &link->identity, err));
    }
    const auth_config config = {
        .service_key = login,
        .by_certificate = by_certificate,
        .api = http_client_transport(link->http),
        .ask = ask_token_server,
        .clock = link->clock,
        .user = link,
        .log = network->log,
    };
    return auth_new(&config, &link->tokens, err);
}

static cihsm_status open_http(btp_link *link, const cihsm_btp_network *network, const char *url,
                              cihsm_error *err)
{
    CIHSM_TRY(http_url_origin(url, &link->origin, err));
    CIHSM_TRY(text_set(&link->ca, network->ca, err));
    link->common = (http_client_config){
        .ca_file = link->ca,
        .connect_timeout_ms = network->connect_timeout_ms,
        .timeout_ms = network->timeout_ms,
        .response_max = BTP_ANSWER_MAX_BYTES,
        .log = network->log,
        .cancel = network->cancel,
    };
    http_client_config config = link->common;
    config.origin = link->origin;
    return http_client_new(&config, &link->http, err);
}

cihsm_status btp_link_open(const cihsm_btp_network *network, const char *url,
                           const cihsm_service_key *login, btp_link **out, cihsm_error *err)
{
    CIHSM_AUTO(btp_link_free) btp_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return cihsm_fail_memory(err);
    }
    link->clock = clock_system(network->cancel);
    CIHSM_TRY(open_http(link, network, url, err));
    if (login != NULL) {
        CIHSM_TRY(open_login(link, login, network, err));
    }
    CIHSM_TRY(open_patience(link, network, err));
    *out = CIHSM_MOVE(link);
    return CIHSM_OK;
}

void btp_link_free(btp_link **link)
{
    if (link == NULL || *link == NULL) {
        return;
    }
    http_patience_free(&(*link)->patience);
    auth_free(&(*link)->tokens);
    http_client_free(&(*link)->http); /* connections before the key they use */
    tls_identity_free(&(*link)->identity);
    text_free(&(*link)->ca);
    text_free(&(*link)->origin);
    free(*link);
    *link = NULL;
}

const char *btp_link_host(const btp_link *link)
{
    return link->origin + strlen("https://");
}

const clock_source *btp_link_clock(const btp_link *link)
{
    return &link->clock;
}

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* @param headers  room for HEADERS_MAX */
static size_t write_headers(const btp_request *request, http_header *headers)
{
    size_t count = 0;
    headers[count++] = (http_header){"Accept", "application/json"};
    if (request->authorization != NULL) {
        headers[count++] =
            (http_header){"Authorization", cihsm_secret_bytes(request->authorization)};
    }
    if (request->json != NULL) {
        headers[count++] = (http_header){"Content-Type", "application/json"};
    } else if (request->form != NULL) {
        headers[count++] = (http_header){"Content-Type", "application/x-www-form-urlencoded"};
    }
    return count;
}

cihsm_status btp_link_send(btp_link *link, const btp_request *request, http_response *answer,
                           cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer json = buffer_new(BODY_MAX_BYTES);
    if (request->json != NULL) {
        CIHSM_TRY(cihsm_value_write(request->json, 0, append, &json, err));
    }
    const buffer *body = request->json != NULL ? &json : request->form;
    http_header headers[HEADERS_MAX];
    const http_request sent = {.method = request->method,
                               .url = request->url,
                               .headers = headers,
                               .header_count = write_headers(request, headers),
                               .body = body == NULL ? NULL : body->data,
                               .body_len = body == NULL ? 0 : body->len};
    const http_transport transport = http_patience_transport(&link->patience);
    return transport.send(transport.context, &sent, answer, err);
}
