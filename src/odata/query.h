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
 * Appends the options that are set, each after the right one of "?" and "&".
 *
 * @param query  may be NULL
 * @param first  what stands before the first option: '?' or '&'
 * @retval CIHSM_E_USAGE  empty text, a number below -1, a quote left open, a datetime literal with
 *                        a zone (the server reads it wrongly)
 */
CIHSM_NODISCARD cihsm_status odata_query_append(const cihsm_query *query, char first, buffer *out,
                                                cihsm_error *err);

#endif
