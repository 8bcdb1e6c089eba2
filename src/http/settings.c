/* SPDX-License-Identifier: Apache-2.0 */
#include "http/settings.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/request.h"
#include "http/trust.h"
#include "http/url.h"

#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 60000L
/* For whoever allows hours: a connection that carries nothing for so long is dead. */
#define SILENCE_MAX_S 120L
#define KEEPALIVE_S 30L

/* "[::1]:8443" is the host ::1 */
static cihsm_status take_host(http_settings *settings, cihsm_error *err)
{
    const char *authority = settings->origin + strlen("https://");
    CIHSM_TRY(text_set(&settings->authority, authority, err));
    const bool is_ipv6 = authority[0] == '[';
    const char *host = is_ipv6 ? authority + 1 : authority;
    const size_t len = strcspn(host, is_ipv6 ? "]" : ":");
    return text_format(&settings->sni, err, "%.*s", (int)len, host);
}

cihsm_status http_settings_take(http_settings *settings, const http_client_config *config,
                                cihsm_error *err)
{
    CIHSM_TRY(http_url_origin(config->origin, &settings->origin, err));
    CIHSM_TRY(take_host(settings, err));
    if (config->ca_file != NULL) {
        CIHSM_TRY(http_trust_check_file(config->ca_file, err));
    }
    CIHSM_TRY(text_set(&settings->ca_file, config->ca_file, err));
    CIHSM_TRY(text_set(&settings->user_agent,
                       config->user_agent == NULL ? "cihsm/" CIHSM_VERSION : config->user_agent,
                       err));
    settings->connect_timeout_ms =
        config->connect_timeout_ms == 0 ? CONNECT_TIMEOUT_MS : config->connect_timeout_ms;
    settings->timeout_ms = config->timeout_ms == 0 ? TIMEOUT_MS : config->timeout_ms;
    settings->response_max = config->response_max;
    return CIHSM_OK;
}

static cihsm_status apply_tls(const http_settings *settings, CURL *easy, cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_SSL_VERIFYPEER, 1L, err);
    HTTP_SET(easy, CURLOPT_SSL_VERIFYHOST, 2L, err);
    HTTP_SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2, err);
    if (settings->ca_file != NULL) {
        HTTP_SET(easy, CURLOPT_CAINFO, settings->ca_file, err);
        HTTP_SET(easy, CURLOPT_CAPATH, NULL, err); /* or the system's roots would count as well */
    }
    return CIHSM_OK;
}

static cihsm_status apply_limits(const http_settings *settings, CURL *easy, cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_timeout_ms, err);
    HTTP_SET(easy, CURLOPT_TIMEOUT_MS, settings->timeout_ms, err);
    HTTP_SET(easy, CURLOPT_LOW_SPEED_LIMIT, 1L, err);
    HTTP_SET(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_MAX_S, err);
    HTTP_SET(easy, CURLOPT_MAXCONNECTS, 1L, err); /* one request at a time */
    return CIHSM_OK;
}

static cihsm_status apply_protocol(const http_settings *settings, CURL *easy, cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_PROTOCOLS_STR, "https", err);
    HTTP_SET(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https", err);
    HTTP_SET(easy, CURLOPT_FOLLOWLOCATION, 0L, err);
    HTTP_SET(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L, err);
    HTTP_SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS, err);
    HTTP_SET(easy, CURLOPT_ACCEPT_ENCODING, "", err); /* all that libcurl can decode */
    HTTP_SET(easy, CURLOPT_USERAGENT, settings->user_agent, err);
    HTTP_SET(easy, CURLOPT_COOKIEFILE, "", err); /* cookies on, in memory */
    HTTP_SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED, err);
    HTTP_SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L, err);
    return CIHSM_OK;
}

cihsm_status http_settings_apply(const http_settings *settings, CURL *easy, cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_NOSIGNAL, 1L, err);
    HTTP_SET(easy, CURLOPT_TCP_KEEPALIVE, 1L, err);
    HTTP_SET(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S, err);
    HTTP_SET(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S, err);
    CIHSM_TRY(apply_tls(settings, easy, err));
    CIHSM_TRY(apply_limits(settings, easy, err));
    return apply_protocol(settings, easy, err);
}

void http_settings_free(http_settings *settings)
{
    text_free(&settings->origin);
    text_free(&settings->authority);
    text_free(&settings->sni);
    text_free(&settings->ca_file);
    text_free(&settings->user_agent);
}
