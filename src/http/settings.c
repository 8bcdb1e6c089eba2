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

static long or_default(long value, long otherwise)
{
    return value == 0 ? otherwise : value;
}

static cihsm_status take_strings(http_settings *settings, const http_client_config *config,
                                 cihsm_error *err)
{
    const char *agent = config->user_agent == NULL ? "cihsm/" CIHSM_VERSION : config->user_agent;
    CIHSM_TRY(http_url_origin(config->origin, &settings->origin, err));
    CIHSM_TRY(take_host(settings, err));
    CIHSM_TRY(text_set(&settings->user_agent, agent, err));
    return text_set(&settings->ca_file, config->ca_file, err);
}

cihsm_status http_settings_take(http_settings *settings, const http_client_config *config,
                                cihsm_error *err)
{
    CIHSM_TRY(take_strings(settings, config, err));
    if (config->ca_file != NULL) {
        CIHSM_TRY(http_trust_check_file(config->ca_file, err));
    }
    settings->connect_timeout_ms = or_default(config->connect_timeout_ms, CONNECT_TIMEOUT_MS);
    settings->timeout_ms = or_default(config->timeout_ms, TIMEOUT_MS);
    settings->response_max = config->response_max;
    return CIHSM_OK;
}

/* The same for every client. */
static const struct {
    CURLoption option;
    long value;
} NUMBERS[] = {
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_PIPEWAIT, 1}, /* for the connection being made: another one costs a signature */
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S},
    {CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S},
    {CURLOPT_LOW_SPEED_LIMIT, 1}, /* byte a second */
#if LIBCURL_VERSION_NUM >= 0x075700
    {CURLOPT_QUICK_EXIT, 1}, /* a name server that does not answer is left: timeouts hold */
#endif
};

static const struct {
    CURLoption option;
    const char *value;
} TEXTS[] = {
    {CURLOPT_PROTOCOLS_STR, "https"},
    {CURLOPT_REDIR_PROTOCOLS_STR, "https"},
    {CURLOPT_ACCEPT_ENCODING, ""}, /* all that libcurl can decode */
    {CURLOPT_COOKIEFILE, ""},      /* cookies on, in memory */
};

static cihsm_status apply_fixed(CURL *easy, cihsm_error *err)
{
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        HTTP_SET(easy, NUMBERS[i].option, NUMBERS[i].value, err);
    }
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        HTTP_SET(easy, TEXTS[i].option, TEXTS[i].value, err);
    }
    return CIHSM_OK;
}

static cihsm_status apply_roots(const char *ca_file, CURL *easy, cihsm_error *err)
{
    if (ca_file == NULL) {
        return CIHSM_OK;
    }
    HTTP_SET(easy, CURLOPT_CAINFO, ca_file, err);
    HTTP_SET(easy, CURLOPT_CAPATH, NULL, err); /* or the system's roots would count as well */
    return CIHSM_OK;
}

cihsm_status http_settings_apply(const http_settings *settings, CURL *easy, cihsm_error *err)
{
    CIHSM_TRY(apply_fixed(easy, err));
    CIHSM_TRY(apply_roots(settings->ca_file, easy, err));
    HTTP_SET(easy, CURLOPT_USERAGENT, settings->user_agent, err);
    HTTP_SET(easy, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_timeout_ms, err);
    return CIHSM_OK;
}

cihsm_status http_settings_apply_time(const http_settings *settings, bool is_whole, CURL *easy,
                                      cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_TIMEOUT_MS, is_whole ? settings->timeout_ms : 0, err);
    HTTP_SET(easy, CURLOPT_LOW_SPEED_TIME, is_whole ? SILENCE_MAX_S : 0, err);
    return CIHSM_OK;
}

void http_settings_free(http_settings *settings)
{
    text_free(&settings->origin);
    text_free(&settings->authority);
    text_free(&settings->sni);
    text_free(&settings->ca_file);
    text_free(&settings->user_agent);
}
