/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/service - reads from one OData V2 service: one GET, and the pages that follow it.
 * All input and output goes through the http_transport; nothing is retried here.
 */
#ifndef ODATA_SERVICE_H
#define ODATA_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/log.h"
#include "cihsm/value.h"
#include "http/transport.h"
#include "odata/error.h"
#include "odata/narrow.h"
#include "odata/tidy.h"

/** Start with {0}. */
typedef struct odata_service {
    http_transport transport;  /**< its context is borrowed for the life of the results */
    const char *root;          /**< "https://host/api/v1/"; copied by odata_result_open */
    odata_hint hint;           /**< its user is borrowed for the life of the results */
    odata_types types;         /**< its user is borrowed for the life of the results */
    size_t response_max_bytes; /**< of one page; 0: 64 MiB */
    odata_narrow narrow;       /**< done with the answers here; its text is copied */
    const cihsm_log *log;      /**< borrowed for the life of the results; may be NULL */
} odata_service;

/** @return response_max_bytes, or the default. */
size_t odata_service_response_max(const odata_service *service);

/** What cihsm_client_get gives; see cihsm/client.h for the meaning of each call. */
typedef struct odata_result odata_result;

/**
 * GETs a path below the root. $metadata is asked for as XML, $value and $count as they are, all
 * else as JSON.
 *
 * @param path  unencoded, or an absolute URL below the root (odata/uri.h)
 */
CIHSM_NODISCARD cihsm_status odata_result_open(const odata_service *service, const char *path,
                                               const cihsm_query *query, odata_result **out,
                                               cihsm_error *err);

/** As odata_result_open; a list is read while it arrives, by odata_result_entry. */
CIHSM_NODISCARD cihsm_status odata_result_stream(const odata_service *service, const char *path,
                                                 const cihsm_query *query,
                                                 const cihsm_stream_options *options,
                                                 odata_result **out, cihsm_error *err);

cihsm_result_kind odata_result_what(const odata_result *result);
const cihsm_value *odata_result_value(const odata_result *result);
const char *odata_result_bytes(const odata_result *result, size_t *len);
CIHSM_NODISCARD cihsm_status odata_result_entry(odata_result *result, const cihsm_value **entry,
                                                cihsm_error *err);
CIHSM_NODISCARD cihsm_status odata_result_next_entry(odata_result *result,
                                                     const cihsm_value **entry, cihsm_error *err);
bool odata_result_has_more(const odata_result *result);

/** @return the Content-Type the server sent, borrowed until the next page or free; may be NULL. */
const char *odata_result_content_type(const odata_result *result);

/** @return "__count" of the page, borrowed until the next page or free; NULL if absent. */
const char *odata_result_count(const odata_result *result);

/** Fetches the next page. After a failure the present page stays; trying again is allowed. */
CIHSM_NODISCARD cihsm_status odata_result_next(odata_result *result, cihsm_error *err);

void odata_result_free(odata_result **result);

#endif
