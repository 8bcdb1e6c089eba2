/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/query - OData query options, from unencoded text to "$filter=…&$top=…".
 *
 * Source: docs/sap-contract.md sections 4.4 and 4.5.
 */
#ifndef ODATA_QUERY_H
#define ODATA_QUERY_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"

/**
 * Appends the options that are set, each after the right one of "?" and "&". A window must be part
 * of the filter already (odata_window_filter).
 *
 * @param query  may be NULL
 * @param first  what stands before the first option: '?' or '&'
 * @retval CIHSM_E_USAGE  empty text, a number below -1, a quote left open, a datetime literal with
 *                        a zone (the server reads it wrongly), a parameter that is one of OData's
 *                        options or is given twice
 */
CIHSM_NODISCARD cihsm_status odata_query_append(const cihsm_query *query, char first, buffer *out,
                                                cihsm_error *err);

/**
 * Writes the filter of a query with the condition of its window: "(Status eq 'FAILED') and LogEnd
 * ge datetime'…' and LogEnd lt datetime'…'".
 *
 * @param query     its window is not NULL
 * @param property  compared with the window's ends
 * @param type      of the property: Edm.DateTime or Edm.DateTimeOffset
 * @param out       yours; NULL if there is neither filter nor end
 * @retval CIHSM_E_USAGE  the window is empty
 */
CIHSM_NODISCARD cihsm_status odata_window_filter(const cihsm_query *query, const char *property,
                                                 const char *type, char **out, cihsm_error *err);

#endif
