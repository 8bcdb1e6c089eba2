/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key_plausible.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

#define HOST_MAX 256 /* bytes, NUL included; a DNS name has at most 253 */

/* "https://host:port/path" in parts; the path is borrowed and has no slash at its end. */
typedef struct url_parts {
    char host[HOST_MAX]; /* lower case, without port */
    const char *path;
    size_t path_len;
} url_parts;

static void split(const char *url, url_parts *out)
{
    const char *host = strstr(url, "://") + 3; /* there is one: service_key_check_url */
    const size_t len = strcspn(host, ":/");
    const size_t taken = len < HOST_MAX ? len : HOST_MAX - 1;
    for (size_t i = 0; i < taken; i++) {
        const char c = host[i];
        out->host[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
    }
    out->host[taken] = '\0';
    out->path = host + strcspn(host, "/");
    out->path_len = strlen(out->path);
    while (out->path_len > 0 && out->path[out->path_len - 1] == '/') {
        out->path_len--;
    }
}

static void drop_end(url_parts *of, const char *end)
{
    const size_t len = strlen(end);
    if (of->path_len >= len && memcmp(of->path + of->path_len - len, end, len) == 0) {
        of->path_len -= len;
    }
}

/* A part of the host name like "it-rt" or "it-cpi001-rt": where integration flows are called. */
static bool is_runtime_host(const char *host)
{
    while (*host != '\0') {
        const size_t len = strcspn(host, ".");
        if (len >= strlen("it-rt") && strncmp(host, "it-", 3) == 0 &&
            strncmp(host + len - 3, "-rt", 3) == 0) {
            return true;
        }
        host += len + (host[len] == '.');
    }
    return false;
}

static cihsm_status check_path(const cihsm_service_key *key, url_parts *parts, finding_list *found,
                               cihsm_error *err)
{
    static const char EDGE[] = "/location/"; /* Edge Integration Cell */
    drop_end(parts, "/api/v1");
    if (parts->path_len == 0) {
        return CIHSM_OK;
    }
    if (!text_starts(parts->path, EDGE)) {
        return finding_add(found, IDENTITY_WARN, "url-has-path",
                           "the service root is https://HOST/api/v1, copy the service key again",
                           err, "the field url has the path %.*s", (int)parts->path_len,
                           parts->path);
    }
    if (cihsm_service_key_kind(key) != CIHSM_SERVICE_KEY_EXTERNAL) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_WARN, "edge-external-certificate",
                       "log in there with a key of another type", err,
                       "the field url is of an Edge Integration Cell, whose API does not support "
                       "external certificates");
}

static cihsm_status check_api(const cihsm_service_key *key, finding_list *found, cihsm_error *err)
{
    url_parts parts;
    if (cihsm_service_key_url(key) == NULL) {
        return CIHSM_OK;
    }
    split(cihsm_service_key_url(key), &parts);
    CIHSM_TRY(check_path(key, &parts, found, err));
    if (!is_runtime_host(parts.host)) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_WARN, "url-runtime-host", "take a service key of plan api",
                       err,
                       "the host %.100s looks like the one where integration flows are called "
                       "(plan integration-flow), not like the one of the API",
                       parts.host);
}

static cihsm_status check_token_host(const cihsm_service_key *key, const char *host,
                                     finding_list *found, cihsm_error *err)
{
    const bool is_secret = cihsm_service_key_kind(key) == CIHSM_SERVICE_KEY_SECRET;
    const bool is_cert = strstr(host, ".authentication.cert.") != NULL;
    if (!is_cert && strstr(host, ".authentication.") == NULL) {
        return finding_add(found, IDENTITY_INFO, "token-host-unusual",
                           "only OAuth needs it; compare it with the cockpit", err,
                           "the token host %.100s is not NAME.authentication.LANDSCAPE", host);
    }
    if (is_cert && is_secret) {
        return finding_add(found, IDENTITY_WARN, "token-host-cert",
                           "take the host without \".cert\" for a login with a secret", err,
                           "the token host %.100s is for logins with a certificate, the service "
                           "key has a secret",
                           host);
    }
    if (is_cert || is_secret) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_INFO, "token-host-plain",
                       "only OAuth needs it; mutual TLS with the API host does not", err,
                       "the token host %.100s takes secrets; OAuth with the certificate goes to "
                       "NAME.authentication.cert.LANDSCAPE",
                       host);
}

static cihsm_status check_token_url(const cihsm_service_key *key, finding_list *found,
                                    cihsm_error *err)
{
    static const char PATH[] = "/oauth/token";
    url_parts parts;
    if (service_key_token_url(key) == NULL) {
        return CIHSM_OK;
    }
    split(service_key_token_url(key), &parts);
    CIHSM_TRY(check_token_host(key, parts.host, found, err));
    if (parts.path_len == strlen(PATH) && memcmp(parts.path, PATH, parts.path_len) == 0) {
        return CIHSM_OK;
    }
    return finding_add(found, IDENTITY_WARN, "token-path", "copy the service key again", err,
                       "the field tokenurl ends in \"%.*s\" and not in %s",
                       (int)(parts.path_len < 100 ? parts.path_len : 100), parts.path, PATH);
}

cihsm_status service_key_check_hosts(const cihsm_service_key *key, finding_list *found,
                                     cihsm_error *err)
{
    CIHSM_TRY(check_api(key, found, err));
    return check_token_url(key, found, err);
}
