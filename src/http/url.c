/* SPDX-License-Identifier: Apache-2.0 */
#include "http/url.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/foreign.h"

/* The URL itself is never shown: it may hold a password where none belongs. */
static cihsm_status fail_url(CURLUcode code, cihsm_error *err)
{
    if (code == CURLUE_OUT_OF_MEMORY) {
        return cihsm_fail_memory(err);
    }
    if (code == CURLUE_USER_NOT_ALLOWED) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the URL holds a user name or a password: leave them out");
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "the URL is not of the form https://host[:port]/path: %s",
                            curl_url_strerror(code));
}

/* Reads a part that each of our URLs has. */
static cihsm_status part_of(CURLU *url, CURLUPart part, char **out, cihsm_error *err)
{
    const CURLUcode code = curl_url_get(url, part, out, 0);
    return code == CURLUE_OK ? CIHSM_OK : fail_url(code, err);
}

/* Reads one part; a part that is absent is NULL. */
static cihsm_status part_if_any(CURLU *url, CURLUPart part, char **out, cihsm_error *err)
{
    const CURLUcode code = curl_url_get(url, part, out, CURLU_NO_DEFAULT_PORT);
    if (code == CURLUE_NO_QUERY || code == CURLUE_NO_FRAGMENT || code == CURLUE_NO_PORT) {
        *out = NULL;
        return CIHSM_OK;
    }
    return code == CURLUE_OK ? CIHSM_OK : fail_url(code, err);
}

static cihsm_status check_parts(CURLU *url, cihsm_error *err)
{
    CIHSM_AUTO(curl_string_cleanup) char *scheme = NULL;
    CIHSM_AUTO(curl_string_cleanup) char *host = NULL;
    CIHSM_AUTO(curl_string_cleanup) char *fragment = NULL;

    CIHSM_TRY(part_of(url, CURLUPART_SCHEME, &scheme, err));
    if (strcmp(scheme, "https") != 0) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the URL starts with %s: but only https: is allowed", scheme);
    }
    CIHSM_TRY(part_of(url, CURLUPART_HOST, &host, err));
    if (host[0] == '\0') {
        return fail_url(CURLUE_NO_HOST, err);
    }
    CIHSM_TRY(part_if_any(url, CURLUPART_FRAGMENT, &fragment, err));
    if (fragment != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the URL holds a '#': percent-encode it as %%23");
    }
    return CIHSM_OK;
}

/* libcurl 7.88 that has no memory for the URL that is set takes a reference to it for a whole one;
 * the scheme of a reference without one cannot be wrong. */
static bool is_want_of_memory(CURLUcode code, bool is_reference, const char *text)
{
    return code == CURLUE_BAD_SCHEME && is_reference && strstr(text, "://") == NULL;
}

/* Sets the URL, or resolves a reference against the one that is set already. */
static cihsm_status assign(CURLU *url, const char *text, bool is_reference, cihsm_error *err)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ' ' || iscntrl((unsigned char)*c)) { /* CURLU would make some blanks a '+' */
            return cihsm_fail_plain(
                err, CIHSM_E_USAGE,
                "the URL holds a blank or a control character: percent-encode it");
        }
    }
    const CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code != CURLUE_OK) {
        return is_want_of_memory(code, is_reference, text) ? cihsm_fail_memory(err)
                                                           : fail_url(code, err);
    }
    return check_parts(url, err);
}

static cihsm_status parse(const char *text, CURLU **out, cihsm_error *err)
{
    CIHSM_AUTO(curlu_cleanup) CURLU *url = curl_url();
    if (url == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(assign(url, text, false, err));
    *out = CIHSM_MOVE(url);
    return CIHSM_OK;
}

static cihsm_status origin_of(CURLU *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curl_string_cleanup) char *host = NULL;
    CIHSM_AUTO(curl_string_cleanup) char *port = NULL;

    CIHSM_TRY(part_of(url, CURLUPART_HOST, &host, err));
    for (char *c = host; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    CIHSM_TRY(part_if_any(url, CURLUPART_PORT, &port, err));
    return text_format(out, err, "https://%s%s%s", host, port == NULL ? "" : ":",
                       port == NULL ? "" : port);
}

static cihsm_status target_of(CURLU *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curl_string_cleanup) char *path = NULL;
    CIHSM_AUTO(curl_string_cleanup) char *query = NULL;

    CIHSM_TRY(part_of(url, CURLUPART_PATH, &path, err));
    CIHSM_TRY(part_if_any(url, CURLUPART_QUERY, &query, err));
    return text_format(out, err, "%s%s%s", path, query == NULL ? "" : "?",
                       query == NULL ? "" : query);
}

static cihsm_status whole_of(CURLU *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_AUTO(text_free) char *target = NULL;

    CIHSM_TRY(origin_of(url, &origin, err));
    CIHSM_TRY(target_of(url, &target, err));
    return text_format(out, err, "%s%s", origin, target);
}

cihsm_status http_url_normalise(const char *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curlu_cleanup) CURLU *parsed = NULL;
    CIHSM_TRY(parse(url, &parsed, err));
    return whole_of(parsed, out, err);
}

cihsm_status http_url_origin(const char *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curlu_cleanup) CURLU *parsed = NULL;
    CIHSM_TRY(parse(url, &parsed, err));
    return origin_of(parsed, out, err);
}

cihsm_status http_url_target(const char *url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curlu_cleanup) CURLU *parsed = NULL;
    CIHSM_TRY(parse(url, &parsed, err));
    return target_of(parsed, out, err);
}

cihsm_status http_url_resolve(const char *base, const char *reference, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curlu_cleanup) CURLU *parsed = NULL;
    CIHSM_TRY(parse(base, &parsed, err));
    CIHSM_TRY(assign(parsed, reference, true, err));
    return whole_of(parsed, out, err);
}

cihsm_status http_url_same_origin(const char *a, const char *b, bool *same, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *origin_a = NULL;
    CIHSM_AUTO(text_free) char *origin_b = NULL;
    const cihsm_status of_a = http_url_origin(a, &origin_a, NULL);
    const cihsm_status of_b = http_url_origin(b, &origin_b, NULL);
    CIHSM_TRY_MEMORY(of_a, err);
    CIHSM_TRY_MEMORY(of_b, err);
    *same = of_a == CIHSM_OK && of_b == CIHSM_OK && strcmp(origin_a, origin_b) == 0;
    return CIHSM_OK;
}

cihsm_status http_escape(const char *text, char **out, cihsm_error *err)
{
    CIHSM_AUTO(curl_string_cleanup) char *escaped = curl_easy_escape(NULL, text, 0);
    if (escaped == NULL) {
        return cihsm_fail_memory(err);
    }
    return text_set(out, escaped, err);
}
