/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/cihsm.h"
#include "http/answer.h"
#include "http/facts_read.h"
#include "http/failure.h"
#include "http/foreign.h"
#include "http/global.h"
#include "http/request.h"
#include "http/settings.h"
#include "http/trust.h"
#include "http/url.h"
#include "tls/policy.h"

struct http_client {
    const tls_identity *identity; /* borrowed */
    const cihsm_log *log;         /* borrowed */
    http_settings settings;
    CURL *easy; /* NULL: made anew by the next request */
    char detail[CURL_ERROR_SIZE];
    tls_watch watch;      /* of the request in work; libssl's callbacks write here */
    tls_watch connection; /* of the connection in use */
    http_trust trust;
    http_facts facts; /* of the last request */
    bool watch_proxy;
    http_answer answer; /* of the request in work */
    bool may_repeat;    /* the method does no harm if it is carried out twice */
    bool is_ready;      /* connection and TLS stand: a part of the request may have gone out */
    bool is_unproved;   /* ended because our certificate was asked for and not used */
};

cihsm_status http_client_new(const http_client_config *config, http_client **out, cihsm_error *err)
{
    CIHSM_TRY(http_global_start(err));
    CIHSM_AUTO(http_client_free) http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return cihsm_fail_memory(err);
    }
    client->identity = config->identity;
    client->log = config->log;
    client->watch_proxy = config->watch_proxy;
    tls_watch_reset(&client->watch);
    CIHSM_TRY(http_settings_take(&client->settings, config, err));
    *out = CIHSM_MOVE(client);
    return CIHSM_OK;
}

/* RFC 9110 section 9.2.2 */
static bool is_idempotent(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0;
}

/* Called by libcurl for each new connection, before its handshake. */
static CURLcode prepare_tls(CURL *easy, void *ssl_ctx, void *user)
{
    (void)easy;
    http_client *client = user;
    cihsm_error *failure = &client->answer.failure;
    if (http_trust_apply(ssl_ctx, &client->trust, failure) != CIHSM_OK ||
        tls_policy_apply(ssl_ctx, client->identity, client->settings.sni, &client->watch,
                         failure) != CIHSM_OK) {
        return CURLE_SSL_CERTPROBLEM;
    }
    return CURLE_OK;
}

/* Called by libcurl when a connection stands, before the first byte of a request. */
static int check_proof(void *user, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    (void)peer_ip;
    (void)own_ip;
    (void)peer_port;
    (void)own_port;
    http_client *client = user;
    client->is_unproved = tls_watch_must_abort(&client->watch);
    if (client->is_ready && !client->may_repeat) { /* libcurl would send it again elsewhere */
        cihsm_fail_plain(&client->answer.failure, CIHSM_E_NETWORK,
                         "%s closed the connection without an answer: whether the write was done "
                         "is unknown",
                         client->settings.authority);
        return CURL_PREREQFUNC_ABORT;
    }
    if (client->is_unproved) {
        return CURL_PREREQFUNC_ABORT;
    }
    client->is_ready = true;
    return CURL_PREREQFUNC_OK;
}

/* What is the same for every request is set once: a reset would lose the cookies (libcurl 7.88). */
static cihsm_status open_handle(http_client *client, cihsm_error *err)
{
    if (client->easy != NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(easy_cleanup) CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(http_settings_apply(&client->settings, easy, err));
    HTTP_SET(easy, CURLOPT_SSL_CTX_FUNCTION, prepare_tls, err);
    HTTP_SET(easy, CURLOPT_SSL_CTX_DATA, client, err);
    HTTP_SET(easy, CURLOPT_PREREQFUNCTION, check_proof, err);
    HTTP_SET(easy, CURLOPT_PREREQDATA, client, err);
    HTTP_SET(easy, CURLOPT_ERRORBUFFER, client->detail, err);
    if (client->watch_proxy) {
        CIHSM_TRY(http_facts_watch_proxy(easy, &client->facts, err));
    }
    client->easy = CIHSM_MOVE(easy);
    return CIHSM_OK;
}

static void forget_last_request(http_client *client)
{
    client->answer = (http_answer){0};
    client->detail[0] = '\0';
    client->is_ready = false;
    client->is_unproved = false;
    client->trust = (http_trust){0};
    client->facts = (http_facts){0};
    tls_watch_reset(&client->watch);
}

static cihsm_status prepare(http_client *client, const http_request *request,
                            http_response *response, struct curl_slist **headers, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    if (http_url_normalise(request->url, &url, NULL) != CIHSM_OK ||
        !http_url_same_origin(url, client->settings.origin)) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT,
                                "this client talks to %s only, the URL is another one",
                                client->settings.origin);
    }
    CIHSM_TRY(open_handle(client, err));
    forget_last_request(client);
    client->may_repeat = is_idempotent(request->method);
    client->answer.response = response;
    client->answer.host = client->settings.authority;
    client->answer.body_max = client->settings.response_max;
    CIHSM_TRY(http_answer_begin(&client->answer, client->easy, err));
    return http_request_apply(client->easy, request, url, headers, err);
}

static cihsm_status fail_unproved(http_client *client, cihsm_error *err)
{
    char asked[CIHSM_ERROR_MESSAGE_MAX];
    tls_watch_explain(&client->connection, asked, sizeof asked);
    return cihsm_fail_plain(
        err, CIHSM_E_TLS, "nothing was sent to %s, because TLS left the client certificate out: %s",
        client->settings.authority, asked);
}

static cihsm_status pass_on(const cihsm_error *from, cihsm_error *err)
{
    return cihsm_fail(err, from->status, from->origin, from->native, "%s", from->message);
}

static cihsm_status fail_transfer(http_client *client, const http_request *request, CURLcode code,
                                  cihsm_error *err)
{
    if (client->answer.failure.status != CIHSM_OK) {
        return pass_on(&client->answer.failure, err);
    }
    if (client->is_unproved) {
        return fail_unproved(client, err);
    }
    char asked[CIHSM_ERROR_MESSAGE_MAX];
    tls_watch_explain(&client->connection, asked, sizeof asked);
    long os_error = 0;
    http_failure failure = {.code = code,
                            .host = client->settings.authority,
                            .detail = client->detail,
                            .ca_file = client->settings.ca_file,
                            .issuer = client->trust.issuer,
                            .asked = asked,
                            .verify_error = client->trust.error,
                            .alert = client->watch.alert_received,
                            .is_connected = client->watch.is_new,
                            .is_ready = client->is_ready,
                            .is_write = strcmp(request->method, "GET") != 0,
                            .connect_timeout_ms = client->settings.connect_timeout_ms,
                            .timeout_ms = client->settings.timeout_ms};
    curl_easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(client->easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
    failure.os_error = (int)os_error;
    return http_failure_explain(&failure, err);
}

static const char *version_name(CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0 ? "HTTP/2" : "HTTP/1.1";
}

static void log_answer(const http_client *client, const http_request *request)
{
    if (!log_wants(client->log, CIHSM_LOG_INFO)) {
        return;
    }
    const http_response *response = client->answer.response;
    CIHSM_AUTO(text_free) char *target = NULL;
    if (http_url_target(request->url, &target, NULL) != CIHSM_OK) {
        return;
    }
    log_line(client->log, CIHSM_LOG_INFO, "http",
             "%s %.600s: status %ld, %zu bytes, %lld ms, %s, %s connection", request->method,
             target, response->status, response->body.len, (long long)response->total_us / 1000,
             version_name(client->easy), client->watch.is_new ? "new" : "reused");
}

/* Where the time of a request went; the handshake holds the token's signature. */
static void note_time(const http_client *client)
{
    const http_facts *at = &client->facts;
    if (client->watch.is_new) {
        log_timed(client->log, CIHSM_PHASE_CONNECT, at->connected_us);
    }
    if (at->secured_us > at->connected_us) {
        log_timed(client->log, CIHSM_PHASE_TLS, at->secured_us - at->connected_us);
    }
    const long long begun_us = at->secured_us > 0 ? at->secured_us : at->connected_us;
    log_timed(client->log, CIHSM_PHASE_HTTP, at->done_us - begun_us);
}

static void note_connection(http_client *client)
{
    if (!client->watch.is_new) {
        return;
    }
    client->connection = client->watch;
    if (log_wants(client->log, CIHSM_LOG_DEBUG)) {
        char asked[CIHSM_ERROR_MESSAGE_MAX];
        tls_watch_explain(&client->watch, asked, sizeof asked);
        log_line(client->log, CIHSM_LOG_DEBUG, "http", "new TLS connection to %s: %s",
                 client->settings.authority, asked);
    }
}

/* A connection that check_proof did not let pass must not serve the next request, nor its TLS
 * session. libcurl can only forget them all; the cookies go with them. */
static void drop_unproved(http_client *client)
{
    if (client->is_unproved || (client->watch.is_new && !client->is_ready)) {
        easy_cleanup(&client->easy);
    }
}

static cihsm_status send_request(void *context, const http_request *request,
                                 http_response *response, cihsm_error *err)
{
    http_client *client = context;
    CIHSM_AUTO(slist_cleanup) struct curl_slist *headers = NULL;
    CIHSM_TRY(prepare(client, request, response, &headers, err));

    const CURLcode code = curl_easy_perform(client->easy);
    http_facts_read(client->easy, &client->trust, &client->facts);
    client->facts.is_connected = client->watch.is_new || client->facts.connected_us > 0;
    note_connection(client);
    note_time(client);
    if (code != CURLE_OK) {
        cihsm_error failure = {0};
        fail_transfer(client, request, code, &failure);
        log_line(client->log, CIHSM_LOG_INFO, "http", "%s to %s failed: %s", request->method,
                 client->settings.authority, failure.message);
        drop_unproved(client);
        return pass_on(&failure, err);
    }
    CIHSM_TRY(http_answer_finish(&client->answer, client->easy, err));
    log_answer(client, request);
    return CIHSM_OK;
}

http_transport http_client_transport(http_client *client)
{
    return (http_transport){.send = send_request, .context = client};
}

const tls_watch *http_client_watch(const http_client *client)
{
    return &client->connection;
}

const http_facts *http_client_facts(const http_client *client)
{
    return &client->facts;
}

void http_client_free(http_client **client)
{
    if (client == NULL || *client == NULL) {
        return;
    }
    easy_cleanup(&(*client)->easy); /* connections first: their callbacks write into the client */
    http_settings_free(&(*client)->settings);
    free(*client);
    *client = NULL;
}
