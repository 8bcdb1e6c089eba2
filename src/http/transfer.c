/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/facts_read.h"
#include "http/foreign.h"
#include "http/request.h"
#include "http/retry.h"
#include "http/transfer_report.h"
#include "http/url.h"

/* Called by libcurl for each new connection, before its handshake. */
static CURLcode prepare_tls(CURL *easy, void *ssl_ctx, void *user)
{
    (void)easy;
    http_transfer *of = user;
    http_common *common = of->common;
    http_connection_release(&of->connection); /* of a TLS proxy below */
    of->has_begun_connection = true;
    const cihsm_status status = http_connection_begin(
        ssl_ctx, common->identity, common->settings.sni, &of->connection, &of->answer.failure);
    return status == CIHSM_OK ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

/* libcurl sends a request again if the connection it chose turns out to be dead. */
static int refuse_repetition(http_transfer *of)
{
    cihsm_fail_plain(&of->answer.failure, CIHSM_E_NETWORK,
                     "%s closed the connection without an answer: whether the write was done is "
                     "unknown",
                     of->common->settings.authority);
    return CURL_PREREQFUNC_ABORT;
}

/* It must serve no other request either. Whatever failed, the transfer ends here. */
static int refuse_connection(http_transfer *of)
{
    of->is_unproved = true;
    curl_easy_setopt(of->easy, CURLOPT_FORBID_REUSE, 1L);
    return CURL_PREREQFUNC_ABORT;
}

/* Called by libcurl when a request has a connection, before its first byte. */
static int check_proof(void *user, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
    http_transfer *of = user;
    http_connection_release(&of->connection);
    of->connection = http_connection_of(of->easy);
    if (of->connection == NULL) {
        cihsm_fail_plain(&of->answer.failure, CIHSM_E_INTERNAL,
                         "libcurl tells nothing of the TLS connection to %s",
                         of->common->settings.authority);
        return refuse_connection(of);
    }
    of->common->watch = of->connection->watch;
    http_transfer_report_connection(of);
    if (of->is_ready && !http_is_idempotent(of->method)) {
        return refuse_repetition(of);
    }
    if (tls_watch_must_abort(&of->connection->watch)) {
        return refuse_connection(of);
    }
    of->is_ready = true;
    return CURL_PREREQFUNC_OK;
}

/* What is the same for every request is set once. */
static cihsm_status open_handle(http_transfer *of, cihsm_error *err)
{
    of->easy = curl_easy_init();
    if (of->easy == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(http_settings_apply(&of->common->settings, of->easy, err));
    HTTP_SET(of->easy, CURLOPT_SHARE, of->common->share, err);
    HTTP_SET(of->easy, CURLOPT_SSL_CTX_FUNCTION, prepare_tls, err);
    HTTP_SET(of->easy, CURLOPT_SSL_CTX_DATA, of, err);
    HTTP_SET(of->easy, CURLOPT_PREREQFUNCTION, check_proof, err);
    HTTP_SET(of->easy, CURLOPT_PREREQDATA, of, err);
    HTTP_SET(of->easy, CURLOPT_PRIVATE, of, err);
    HTTP_SET(of->easy, CURLOPT_ERRORBUFFER, of->detail, err);
    return of->common->watch_proxy ? http_facts_watch_proxy(of->easy, &of->facts, err) : CIHSM_OK;
}

cihsm_status http_transfer_new(http_common *common, http_transfer **out, cihsm_error *err)
{
    CIHSM_AUTO(http_transfer_free) http_transfer *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->common = common;
    CIHSM_TRY(open_handle(made, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

static cihsm_status take_url(http_transfer *of, const char *url, cihsm_error *err)
{
    const char *origin = of->common->settings.origin;
    text_free(&of->url);
    const cihsm_status status = http_url_normalise(url, &of->url, NULL);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK || !text_starts(of->url, origin) || of->url[strlen(origin)] != '/') {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT,
                                "this client talks to %s only, the URL is another one", origin);
    }
    return CIHSM_OK;
}

static void forget_last_request(http_transfer *of)
{
    slist_cleanup(&of->headers);
    http_connection_release(&of->connection);
    of->facts = (http_facts){0};
    of->detail[0] = '\0';
    of->silent_us = 0;
    of->has_begun_connection = false;
    of->is_ready = false;
    of->is_unproved = false;
}

cihsm_status http_transfer_begin(http_transfer *of, const http_request *request, http_bound bound,
                                 http_exchange *exchange, cihsm_error *err)
{
    const http_settings *settings = &of->common->settings;
    CIHSM_TRY(take_url(of, request->url, err));
    forget_last_request(of);
    CIHSM_TRY(text_set(&of->method, request->method, err));
    of->bound = bound;
    of->answer = (http_answer){.easy = of->easy,
                               .exchange = exchange,
                               .host = settings->authority,
                               .body_max = settings->response_max};
    CIHSM_TRY(http_answer_begin(&of->answer, err));
    CIHSM_TRY(http_settings_apply_time(settings, bound == HTTP_BOUNDS_WHOLE, of->easy, err));
    return http_request_apply(of->easy, request, of->url, of->url + strlen(settings->origin),
                              &of->headers, err);
}

int64_t http_transfer_waited(http_transfer *of, int64_t waited_us)
{
    const int64_t most_us = (int64_t)of->common->settings.timeout_ms * 1000;
    if (of->answer.has_progress || !of->is_ready || of->bound == HTTP_BOUNDS_WHOLE) {
        of->silent_us = 0; /* libcurl bounds the time before it is ready, and that of a whole one */
        return most_us;
    }
    of->silent_us += waited_us;
    return of->silent_us < most_us ? most_us - of->silent_us : 0;
}

static void take_facts(http_transfer *of)
{
    static const http_trust unknown = {0};
    const http_trust *trust = of->connection == NULL ? &unknown : &of->connection->trust;
    http_facts_read(of->easy, trust, &of->facts);
    of->facts.is_connected = of->has_begun_connection || of->facts.connected_us > 0;
    of->common->facts = of->facts;
    if (of->connection != NULL) {
        of->common->watch = of->connection->watch;
    }
}

void http_transfer_end(http_transfer *of, CURLcode code)
{
    http_exchange *exchange = of->answer.exchange;
    take_facts(of);
    exchange->is_done = true;
    exchange->carrier = NULL;
    exchange->response.was_sent = of->is_ready;
    exchange->response.total_us = of->facts.done_us;
    if (code == CURLE_OK && !of->answer.has_head) {
        code = CURLE_PARTIAL_FILE; /* libcurl takes a head that was cut off for a whole one */
        snprintf(of->detail, sizeof of->detail, "its headers are not complete");
    }
    if (code != CURLE_OK) {
        exchange->response.is_final = http_transfer_explain(of, code, &exchange->failure);
    }
    http_transfer_report(of);
}

bool http_transfer_is_reusable(const http_transfer *of)
{
    return !of->is_unproved && (of->is_ready || !of->has_begun_connection);
}

void http_transfer_free(http_transfer **of)
{
    if (*of == NULL) {
        return;
    }
    easy_cleanup(&(*of)->easy);
    slist_cleanup(&(*of)->headers);
    http_connection_release(&(*of)->connection);
    text_free(&(*of)->method);
    text_free(&(*of)->url);
    free(*of);
    *of = NULL;
}
