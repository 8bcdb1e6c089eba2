/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/facts_read - reads http_facts from a curl handle; for client.c only.
 */
#ifndef HTTP_FACTS_READ_H
#define HTTP_FACTS_READ_H

#include <curl/curl.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "http/facts.h"

/** Lets libcurl tell which proxy it chooses; @p facts must outlive the handle. */
CIHSM_NODISCARD cihsm_status http_facts_watch_proxy(CURL *easy, http_facts *facts,
                                                    cihsm_error *err);

/** After a transfer, failed or not. */
void http_facts_read(CURL *easy, const http_trust *trust, http_facts *facts);

#endif
