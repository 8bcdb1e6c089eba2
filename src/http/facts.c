/* SPDX-License-Identifier: Apache-2.0 */
#include "http/facts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "http/facts_read.h"
#include "http/request.h"

#define LINE_MAX_BYTES 1024

/* "https_proxy == 'http://user:pass@host:port/'": all but the login and the scheme. */
static void take_proxy(const char *line, http_facts *facts)
{
    const char *quote = strchr(line, '\'');
    const char *end = strrchr(line, '\'');
    const size_t name = strcspn(line, " ");
    if (quote == NULL || end == quote || strncmp(line, "no_proxy", name) == 0 ||
        strncmp(line, "NO_PROXY", name) == 0) {
        return;
    }
    char host[LINE_MAX_BYTES]; /* whole, or a login that is cut off would be shown */
    snprintf(host, sizeof host, "%.*s", (int)(end - quote - 1), quote + 1);
    const char *at = strrchr(host, '@');
    const char *scheme = strstr(host, "://");
    const char *from = at != NULL ? at + 1 : scheme != NULL ? scheme + 3 : host;
    char shown[HTTP_PROXY_MAX];
    snprintf(shown, sizeof shown, "%.*s (%.*s)", (int)strcspn(from, "/"), from, (int)name, line);
    text_escape(facts->proxy, sizeof facts->proxy, shown, strlen(shown));
    explicit_bzero(host, sizeof host); /* the proxy's password may stand in it */
}

/* libcurl 7.88 tells the proxy it took from the environment nowhere else. */
static int hear(CURL *easy, curl_infotype kind, char *bytes, size_t len, void *user)
{
    static const char mark[] = "Uses proxy env variable ";
    (void)easy;
    if (kind != CURLINFO_TEXT || len >= LINE_MAX_BYTES) {
        return 0;
    }
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "%.*s", (int)len, bytes);
    if (text_starts(line, mark)) {
        take_proxy(line + sizeof mark - 1, user);
    }
    explicit_bzero(line, sizeof line);
    return 0;
}

cihsm_status http_facts_watch_proxy(CURL *easy, http_facts *facts, cihsm_error *err)
{
    HTTP_SET(easy, CURLOPT_DEBUGFUNCTION, hear, err);
    HTTP_SET(easy, CURLOPT_DEBUGDATA, facts, err);
    HTTP_SET(easy, CURLOPT_VERBOSE, 1L, err);
    return CIHSM_OK;
}

static bool is_issuer_problem(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

void http_facts_read(CURL *easy, const http_trust *trust, http_facts *facts)
{
    const struct {
        CURLINFO info;
        int64_t *to;
    } times[] = {
        {CURLINFO_NAMELOOKUP_TIME_T, &facts->resolved_us},
        {CURLINFO_CONNECT_TIME_T, &facts->connected_us},
        {CURLINFO_APPCONNECT_TIME_T, &facts->secured_us},
        {CURLINFO_TOTAL_TIME_T, &facts->done_us},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        curl_off_t value = 0;
        curl_easy_getinfo(easy, times[i].info, &value);
        *times[i].to = value;
    }
    facts->proxy_status = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &facts->proxy_status);
    struct curl_header *date = NULL;
    facts->date_s = 0;
    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK) {
        const time_t seconds = curl_getdate(date->value, NULL);
        facts->date_s = seconds < 0 ? 0 : (int64_t)seconds;
    }
    facts->is_unknown_issuer = is_issuer_problem(trust->error);
    const char *issuer = trust->server_issuer[0] != '\0' ? trust->server_issuer : trust->issuer;
    snprintf(facts->issuer, sizeof facts->issuer, "%s", issuer);
}
