/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transfer_report.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/failure.h"
#include "http/url.h"

static const http_connection UNKNOWN = {.holders = 0};

static const http_connection *connection_of(const http_transfer *of)
{
    return of->connection == NULL ? &UNKNOWN : of->connection;
}

/* A failed signature ends the handshake: what the signer said is the cause, not what TLS says. */
static bool tell_cause(const http_transfer *of, cihsm_error *err)
{
    const http_cause *cause = &of->common->cause;
    return cause->tell != NULL && !of->is_ready && !of->is_unproved &&
           tls_watch_must_abort(&connection_of(of)->watch) && cause->tell(cause->user, err);
}

static void explain_transfer(const http_transfer *of, CURLcode code, const char *asked,
                             cihsm_error *err)
{
    const http_connection *connection = connection_of(of);
    const http_settings *settings = &of->common->settings;
    long os_error = 0;
    curl_off_t resolved_us = 0;
    curl_easy_getinfo(of->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
    http_failure failure = {.code = code,
                            .host = settings->authority,
                            .detail = of->detail,
                            .ca_file = settings->ca_file,
                            .issuer = connection->trust.issuer,
                            .asked = asked,
                            .verify_error = connection->trust.error,
                            .alert = connection->watch.alert_received,
                            .is_unresolved = resolved_us == 0,
                            .is_connected = of->has_begun_connection,
                            .is_ready = of->is_ready,
                            .is_write = strcmp(of->method, "GET") != 0,
                            .bounds_silence = of->bound == HTTP_BOUNDS_SILENCE,
                            .connect_timeout_ms = settings->connect_timeout_ms,
                            .timeout_ms = settings->timeout_ms};
    curl_easy_getinfo(of->easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(of->easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
    failure.os_error = (int)os_error;
    http_failure_explain(&failure, err);
}

/* Of what is no token's fault. */
static void explain_tls(const http_transfer *of, CURLcode code, cihsm_error *err)
{
    char asked[CIHSM_ERROR_MESSAGE_MAX];
    tls_watch_explain(&connection_of(of)->watch, asked, sizeof asked);
    if (!of->is_unproved) {
        explain_transfer(of, code, asked, err);
        return;
    }
    cihsm_fail_plain(err, CIHSM_E_TLS,
                     "nothing was sent to %s, because TLS left the client certificate out: %s",
                     of->common->settings.authority, asked);
}

bool http_transfer_explain(const http_transfer *of, CURLcode code, cihsm_error *err)
{
    if (of->answer.failure.status != CIHSM_OK) {
        *err = of->answer.failure;
        return false;
    }
    if (tell_cause(of, err)) {
        return true;
    }
    explain_tls(of, code, err);
    return of->facts.proxy_status / 100 == 4;
}

static const char *version_name(CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0 ? "HTTP/2" : "HTTP/1.1";
}

static void log_answer(const http_transfer *of)
{
    const cihsm_log *log = of->common->log;
    const http_response *response = &of->answer.exchange->response;
    CIHSM_AUTO(text_free) char *target = NULL;
    if (!log_wants(log, CIHSM_LOG_INFO) || http_url_target(of->url, &target, NULL) != CIHSM_OK) {
        return;
    }
    log_line(log, CIHSM_LOG_INFO, "http", "%s %.600s: status %ld, %zu bytes, %lld ms, %s, %s",
             of->method, target, response->status, of->answer.body_bytes,
             (long long)response->total_us / 1000, version_name(of->easy),
             of->has_begun_connection ? "new connection" : "reused connection");
}

/* Where the time of a request went; the handshake holds the token's signature. */
static void note_time(const http_transfer *of)
{
    const http_facts *at = &of->facts;
    const cihsm_log *log = of->common->log;
    if (of->has_begun_connection) {
        log_timed(log, CIHSM_PHASE_CONNECT, at->connected_us);
    }
    if (at->secured_us > at->connected_us) {
        log_timed(log, CIHSM_PHASE_TLS, at->secured_us - at->connected_us);
    }
    const long long begun_us = at->secured_us > 0 ? at->secured_us : at->connected_us;
    log_timed(log, CIHSM_PHASE_HTTP, at->done_us - begun_us);
}

void http_transfer_report_connection(const http_transfer *of)
{
    const cihsm_log *log = of->common->log;
    if (!of->has_begun_connection || of->connection == NULL || !log_wants(log, CIHSM_LOG_DEBUG)) {
        return;
    }
    char asked[CIHSM_ERROR_MESSAGE_MAX];
    tls_watch_explain(&of->connection->watch, asked, sizeof asked);
    log_line(log, CIHSM_LOG_DEBUG, "http", "new TLS connection to %s: %s",
             of->common->settings.authority, asked);
}

void http_transfer_report(const http_transfer *of)
{
    const cihsm_error *failure = &of->answer.exchange->failure;
    if (!of->is_ready && !of->is_unproved) { /* else it was told when it stood */
        http_transfer_report_connection(of);
    }
    note_time(of);
    if (failure->status == CIHSM_OK) {
        log_answer(of);
        return;
    }
    log_line(of->common->log, CIHSM_LOG_INFO, "http", "%s to %s failed: %s", of->method,
             of->common->settings.authority, failure->message);
}
