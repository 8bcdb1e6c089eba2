/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/url - URLs by libcurl's CURLU, in one place. Strings returned are the caller's (text_free).
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/**
 * Checks and normalises an absolute URL: https only, host present, no user info, no fragment.
 *
 * @retval CIHSM_E_USAGE  it is none; the message says why
 */
CIHSM_NODISCARD cihsm_status http_url_normalise(const char *url, char **out, cihsm_error *err);

/** @return "https://host" or "https://host:port" of a normalised URL (443 left out). */
CIHSM_NODISCARD cihsm_status http_url_origin(const char *url, char **out, cihsm_error *err);

/** @return path and query of a URL as they are ("/api/v1/Set?$top=1"). */
CIHSM_NODISCARD cihsm_status http_url_target(const char *url, char **out, cihsm_error *err);

/** Resolves a reference (absolute or relative) against a base URL; nothing is re-encoded. */
CIHSM_NODISCARD cihsm_status http_url_resolve(const char *base, const char *reference, char **out,
                                              cihsm_error *err);

/**
 * Compares scheme, host (case does not matter) and port (443 is the default).
 *
 * @param same  out: false if one of them is no URL
 * @retval CIHSM_E_NO_MEMORY, and no other failure
 */
CIHSM_NODISCARD cihsm_status http_url_same_origin(const char *a, const char *b, bool *same,
                                                  cihsm_error *err);

/** Percent-encodes everything but RFC 3986's unreserved characters; a blank becomes %20. */
CIHSM_NODISCARD cihsm_status http_escape(const char *text, char **out, cihsm_error *err);

#endif
