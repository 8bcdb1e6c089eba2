/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/secret_source - reads a secret from where a person keeps it (cihsm/pin.h lists the sources).
 */
#ifndef BASE_SECRET_SOURCE_H
#define BASE_SECRET_SOURCE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"

/** What is read. Strings are borrowed for the call. */
typedef struct secret_wish {
    const char *name;    /**< for messages: "PIN" */
    const char *source;  /**< may be NULL: refused */
    size_t max;          /**< bytes, at most CIHSM_SECRET_MAX */
    cihsm_status status; /**< of a source that is missing, unsafe or empty */
} secret_wish;

/**
 * @retval CIHSM_E_USAGE     not the form of a source
 * @retval CIHSM_E_CANCELED  a signal came while a descriptor was waited for (file_read_some)
 */
CIHSM_NODISCARD cihsm_status secret_source_read(const secret_wish *wish, cihsm_secret **out,
                                                cihsm_error *err);

#endif
