/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/settings - what is the same for every request of a client, and its options of libcurl.
 * Owns copies of the strings.
 */
#ifndef HTTP_SETTINGS_H
#define HTTP_SETTINGS_H

#include <curl/curl.h>

#include "http/client.h"

typedef struct http_settings {
    char *origin;    /**< "https://host[:port]", normalised */
    char *authority; /**< "host[:port]", for messages */
    char *sni;       /**< host alone: the name the server is asked for */
    char *ca_file;   /**< NULL: the system's roots */
    char *user_agent;
    long connect_timeout_ms;
    long timeout_ms;
    size_t response_max; /**< bytes; 0: no limit from here */
} http_settings;

CIHSM_NODISCARD cihsm_status http_settings_take(http_settings *settings,
                                                const http_client_config *config, cihsm_error *err);

CIHSM_NODISCARD cihsm_status http_settings_apply(const http_settings *settings, CURL *easy,
                                                 cihsm_error *err);

/** Before each request. @param is_whole  timeout_ms bounds the whole request; else nothing here */
CIHSM_NODISCARD cihsm_status http_settings_apply_time(const http_settings *settings, bool is_whole,
                                                      CURL *easy, cihsm_error *err);

void http_settings_free(http_settings *settings);

#endif
