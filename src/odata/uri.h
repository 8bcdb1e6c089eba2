/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/uri - absolute URLs below a service root. Strings returned are the caller's (text_free).
 */
#ifndef ODATA_URI_H
#define ODATA_URI_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"

/** @return true for "https://…" and for any other scheme, which odata_uri_build refuses. */
bool odata_uri_is_absolute(const char *path);

/**
 * Makes the URL of a request.
 *
 * @param root   service root, "https://host/api/v1/"; a missing slash at the end is added
 * @param path   unencoded (odata/path.h); or an absolute https URL below the root, taken as encoded
 * @param query  may be NULL
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why
 */
CIHSM_NODISCARD cihsm_status odata_uri_build(const char *root, const char *path,
                                             const cihsm_query *query, char **out,
                                             cihsm_error *err);

/**
 * Tells whether an absolute URL has the root's origin and a path below it. Textual differences
 * that mean nothing (":443", case of the host) do not matter; "..", encoded or not, is never below.
 */
CIHSM_NODISCARD cihsm_status odata_uri_is_below(const char *root, const char *url, bool *below,
                                                cihsm_error *err);

#endif
