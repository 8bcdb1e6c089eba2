/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/link.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/client.h"
#include "http/patience.h"
#include "http/url.h"

#define RETRY_TIME_MS 60000
#define BODY_MAX_BYTES ((size_t)1 << 20)
#define HEADERS_MAX 3

struct btp_link {
    http_client *http;
    http_patience patience;
    clock_source clock;
    char *origin; /* "https://host[:port]" */
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
        .below = http_client_transport(link->http),
        .clock = link->clock,
        .retry_time_ms = retry_time_ms(network->retry_time_ms),
        .seed = seed,
        .log = network->log,
    };
    http_patience_init(&link->patience, &config);
    return CIHSM_OK;
}

cihsm_status btp_link_open(const cihsm_btp_network *network, const char *url,
                           const tls_identity *identity, btp_link **out, cihsm_error *err)
{
    CIHSM_AUTO(btp_link_free) btp_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return cihsm_fail_memory(err);
    }
    link->clock = clock_system(network->cancel);
    CIHSM_TRY(http_url_origin(url, &link->origin, err));
    const http_client_config config = {
        .identity = identity,
        .origin = link->origin,
        .ca_file = network->ca,
        .connect_timeout_ms = network->connect_timeout_ms,
        .timeout_ms = network->timeout_ms,
        .response_max = BTP_ANSWER_MAX_BYTES,
        .log = network->log,
        .cancel = network->cancel,
    };
    CIHSM_TRY(http_client_new(&config, &link->http, err));
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
    http_client_free(&(*link)->http);
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
