/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/stride - paging by the client: the same request again and again with $top and $skip.
 *
 * It ends at a stride without entries, not at a short one: a server may give less than it was asked
 * for. Owns its texts. Source: docs/sap-contract.md sections 5.4 and 9.
 */
#ifndef ODATA_STRIDE_H
#define ODATA_STRIDE_H

#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "odata/framer.h"

/** Start with {0}: not used. */
typedef struct odata_stride {
    char *base;   /**< URL of the request without $top and $skip */
    int64_t size; /**< entries of a stride; 0: not used */
    int64_t skip; /**< entries before the present one */
    int64_t got;  /**< entries of the present one so far */
    char *first;  /**< text of the first entry of the present one; NULL: none yet */
} odata_stride;

/** Makes the URL of the present stride. */
CIHSM_NODISCARD cihsm_status odata_stride_url(const odata_stride *stride, char **out,
                                              cihsm_error *err);

/**
 * Counts an entry of the present stride.
 *
 * @retval CIHSM_E_PROTOCOL  the server does not do $top, or not $skip
 */
CIHSM_NODISCARD cihsm_status odata_stride_count(odata_stride *stride, odata_span entry,
                                                cihsm_error *err);

/** Goes on to the next stride. @param out  its URL; left NULL: the present one was the last */
CIHSM_NODISCARD cihsm_status odata_stride_next(odata_stride *stride, char **out, cihsm_error *err);

void odata_stride_free(odata_stride *stride);

#endif
