/* SPDX-License-Identifier: Apache-2.0 */
#include "http/global.h"

#include <pthread.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/error.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;
static bool has_openssl;
static int ssl_ctx_index = -1;

/* With another TLS library the callback that brings the token's key in would never be called. */
static void start(void)
{
    const curl_ssl_backend **backends = NULL;
    const CURLsslset chosen = curl_global_sslset(CURLSSLBACKEND_OPENSSL, NULL, &backends);
    has_openssl = chosen == CURLSSLSET_OK || chosen == CURLSSLSET_TOO_LATE;
    started = curl_global_init(CURL_GLOBAL_DEFAULT);
    ssl_ctx_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

cihsm_status http_global_start(cihsm_error *err)
{
    pthread_once(&once, start);
    if (started != CURLE_OK) {
        return cihsm_fail(err, CIHSM_E_INTERNAL, CIHSM_FROM_CURL, started,
                          "libcurl cannot start: %s", curl_easy_strerror(started));
    }
    if (!has_openssl || ssl_ctx_index < 0) {
        return cihsm_fail_plain(err, CIHSM_E_INTERNAL,
                                "this libcurl is not built with OpenSSL: install one that is");
    }
    return CIHSM_OK;
}

int http_global_ssl_ctx_index(void)
{
    return ssl_ctx_index;
}

const char *http_global_library(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}

bool http_global_has_http2(void)
{
    return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) != 0;
}
