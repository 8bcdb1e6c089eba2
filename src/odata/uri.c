/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/uri.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "odata/path.h"
#include "odata/query.h"

#define URI_MAX_BYTES 65536 /* paths and query options encoded; servers take far less */

bool odata_uri_is_absolute(const char *path)
{
    const size_t letters =
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return letters > 0 && text_starts(path + letters, "://");
}

static int hex_digit(char c)
{
    return OPENSSL_hexchar2int((unsigned char)c);
}

/* Reads one character of an encoded path, percent-decoded, and moves on. */
static char next_decoded(const char **at)
{
    const char *from = *at;
    if (from[0] == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
        *at = from + 3;
        return (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
    }
    *at = from + 1;
    return from[0];
}

/* "." or ".." between slashes of any spelling: a server may resolve it after our check. */
static bool has_dot_segment(const char *target)
{
    size_t dots = 0;
    bool others = false;
    const char *end = target + strcspn(target, "?");
    for (const char *at = target; at < end;) {
        const char c = next_decoded(&at);
        if (c != '/' && c != '\\') {
            dots += c == '.' ? 1 : 0;
            others = others || c != '.';
            continue;
        }
        if (!others && (dots == 1 || dots == 2)) {
            return true;
        }
        dots = 0;
        others = false;
    }
    return !others && (dots == 1 || dots == 2);
}

static bool target_is_below(const char *root, const char *target)
{
    size_t len = strlen(root);
    while (len > 0 && root[len - 1] == '/') {
        len--;
    }
    if (strncmp(target, root, len) != 0 || has_dot_segment(target)) {
        return false;
    }
    return strchr("/?", target[len]) != NULL; /* or its end: the root without its slash */
}

cihsm_status odata_uri_is_below(const char *root, const char *url, bool *below, cihsm_error *err)
{
    bool same = false;
    *below = false;
    CIHSM_TRY(http_url_same_origin(root, url, &same, err));
    if (!same) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(text_free) char *root_target = NULL;
    CIHSM_AUTO(text_free) char *target = NULL;
    CIHSM_TRY(http_url_target(root, &root_target, err));
    CIHSM_TRY(http_url_target(url, &target, err));
    *below = target_is_below(root_target, target);
    return CIHSM_OK;
}

static cihsm_status append_absolute(const char *root, const char *url, buffer *out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *normal = NULL;
    CIHSM_TRY(http_url_normalise(url, &normal, err));
    bool below = false;
    CIHSM_TRY(odata_uri_is_below(root, normal, &below, err));
    if (!below) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "%.120s is not below the service root %.120s; the certificate is "
                                "shown to no other place",
                                url, root);
    }
    return buffer_append_text(out, normal, err);
}

static cihsm_status append_relative(const char *root, const char *path, buffer *out,
                                    cihsm_error *err)
{
    const size_t len = strlen(root);
    CIHSM_TRY(buffer_append(out, root, len, err));
    if (len == 0 || root[len - 1] != '/') {
        CIHSM_TRY(buffer_append_text(out, "/", err));
    }
    return odata_path_encode(path, out, err);
}

cihsm_status odata_uri_build(const char *root, const char *path, const cihsm_query *query,
                             char **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer url = buffer_new(URI_MAX_BYTES);
    if (odata_uri_is_absolute(path)) {
        CIHSM_TRY(append_absolute(root, path, &url, err));
    } else {
        CIHSM_TRY(append_relative(root, path, &url, err));
    }
    const char first = strchr(buffer_text(&url), '?') == NULL ? '?' : '&';
    CIHSM_TRY(odata_query_append(query, first, &url, err));
    return text_set(out, buffer_text(&url), err);
}
