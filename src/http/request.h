/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/request - puts method, URL, headers and body of a request on a curl handle.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <curl/curl.h>

#include "http/transport.h"

/** Sets one option or leaves the function. */
#define HTTP_SET(easy, option, value, err)                                      \
    do {                                                                        \
        const CURLcode set_code_ = curl_easy_setopt((easy), (option), (value)); \
        if (set_code_ != CURLE_OK) {                                            \
            return http_setopt_failed((option), set_code_, (err));              \
        }                                                                       \
    } while (0)

cihsm_status http_setopt_failed(CURLoption option, CURLcode code, cihsm_error *err);

/**
 * @param url      normalised, of an origin that was checked
 * @param target   its path and query, sent as they are
 * @param headers  out: must live until the transfer is over; free with curl_slist_free_all
 *
 * @retval CIHSM_E_ARGUMENT  a method or header that would break the request apart
 */
CIHSM_NODISCARD cihsm_status http_request_apply(CURL *easy, const http_request *request,
                                                const char *url, const char *target,
                                                struct curl_slist **headers, cihsm_error *err);

#endif
