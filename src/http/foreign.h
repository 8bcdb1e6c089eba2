/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/foreign - scope cleanup (CIHSM_AUTO) for types of libcurl.
 */
#ifndef HTTP_FOREIGN_H
#define HTTP_FOREIGN_H

#include <curl/curl.h>

#include "base/foreign.h"

FOREIGN_CLEANUP(curlu, CURLU, curl_url_cleanup)
FOREIGN_CLEANUP(curl_string, char, curl_free)
FOREIGN_CLEANUP(easy, CURL, curl_easy_cleanup)
FOREIGN_CLEANUP(slist, struct curl_slist, curl_slist_free_all)

#endif
