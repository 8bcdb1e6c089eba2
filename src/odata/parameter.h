/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/parameter - an option of a URL that is none of OData's query options.
 *
 * Source: docs/sap-contract.md sections 4.3 and 4.5.
 */
#ifndef ODATA_PARAMETER_H
#define ODATA_PARAMETER_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/write.h"

/**
 * Appends "Name=value" percent-encoded; a text with its quotes, those inside doubled.
 *
 * @retval CIHSM_E_USAGE  a name or value that cannot be sent
 */
CIHSM_NODISCARD cihsm_status odata_parameter_append(const cihsm_parameter *parameter, buffer *out,
                                                    cihsm_error *err);

#endif
