/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/global - starts libcurl once per process. It is never stopped: others may use it too.
 */
#ifndef HTTP_GLOBAL_H
#define HTTP_GLOBAL_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** @retval CIHSM_E_INTERNAL  libcurl cannot start, or was built without OpenSSL */
CIHSM_NODISCARD cihsm_status http_global_start(cihsm_error *err);

/** @return a place in every SSL_CTX for a pointer of ours; valid once started. */
int http_global_ssl_ctx_index(void);

/** @return the version of the libcurl that runs, "7.88.1". */
const char *http_global_library(void);
/** @return true if it speaks HTTP/2. */
bool http_global_has_http2(void);

#endif
