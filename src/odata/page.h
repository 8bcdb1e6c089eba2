/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/page - what a successful answer (2xx) contains. Owns its values.
 *
 *   {"d":{"results":[…],"__next":…}}, {"d":[…]}   a collection
 *   {"d":{"EntitySets":["A",…]}}                   a collection of {"name":"A"}
 *   {"d":{…}}                                      an entity
 *   another JSON object                            an entity that is no OData (is_odata false)
 *   other JSON, other media types, no body         bytes
 *
 * Source: docs/sap-contract.md sections 5.2 and 5.4.
 */
#ifndef ODATA_PAGE_H
#define ODATA_PAGE_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "http/transport.h"

/** What the request asked for. */
typedef enum odata_wanted {
    ODATA_WANT_ENTRIES = 0, /**< JSON */
    ODATA_WANT_METADATA,    /**< XML */
    ODATA_WANT_COUNT,       /**< a number, as bytes */
    ODATA_WANT_WRITTEN,     /**< what a write gave, as ODATA_WANT_ENTRIES */
    ODATA_WANT_RAW          /**< $value: anything, HTML and JSON too, as bytes */
} odata_wanted;

/** Start with {0}. */
typedef struct odata_page {
    cihsm_result_kind kind;
    cihsm_value *value; /**< array or object; NULL for bytes */
    char *next;         /**< link to the next page as the server wrote it; NULL: none */
    char *count;        /**< __count; NULL if absent */
    bool is_odata;      /**< it stood in an OData envelope */
} odata_page;

/**
 * Reads an answer.
 *
 * @param response  with a status of 2xx
 * @param out       released by odata_page_free, whatever the result
 * @retval CIHSM_E_PROTOCOL  an HTML page, broken or missing JSON, a "__next" that is no text
 */
CIHSM_NODISCARD cihsm_status odata_page_parse(const http_response *response, odata_wanted wanted,
                                              odata_page *out, cihsm_error *err);

void odata_page_free(odata_page *page);

#endif
