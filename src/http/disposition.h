/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/disposition - the file names in a Content-Disposition. What they hold is the server's; a
 * name in a folder is made of them by base/file_name.
 *
 * Source: RFC 6266 section 4; RFC 8187 section 3.2.
 */
#ifndef HTTP_DISPOSITION_H
#define HTTP_DISPOSITION_H

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Both are NULL where there is none that can be read. Start with {0}. */
typedef struct http_disposition {
    char *extended; /**< of filename*=UTF-8''…, decoded; comes before the other */
    char *plain;    /**< of filename=…, without its quotes; percent signs stand for themselves */
} http_disposition;

/**
 * Reads the value of the header. What is malformed is left out; of a parameter that stands twice
 * the first counts.
 */
CIHSM_NODISCARD cihsm_status http_disposition_read(const char *value, http_disposition *out,
                                                   cihsm_error *err);

void http_disposition_free(http_disposition *of);

#endif
