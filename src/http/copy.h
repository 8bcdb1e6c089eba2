/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/copy - a copy of a request without a body, for whoever may have to send it again.
 */
#ifndef HTTP_COPY_H
#define HTTP_COPY_H

#include "http/transport.h"

/** Start with {0}. */
typedef struct http_copy {
    http_request request; /**< borrowed from here */
    char *method;
    char *url;
    char **texts; /**< name, value, name, value, ... */
    http_header *headers;
} http_copy;

CIHSM_NODISCARD cihsm_status http_copy_take(http_copy *to, const http_request *from,
                                            cihsm_error *err);

void http_copy_free(http_copy *of);

#endif
