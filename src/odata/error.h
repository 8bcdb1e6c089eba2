/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/error - turns an HTTP answer that is no success into a cihsm_error.
 *
 * Source: docs/sap-contract.md sections 1.2 and 5.6.
 */
#ifndef ODATA_ERROR_H
#define ODATA_ERROR_H

#include <stdbool.h>

#include "cihsm/error.h"
#include "http/transport.h"

/**
 * Says what the caller knows about the cause of a 401, 403 or 404; asked only when one came.
 *
 * @param path  as the person wrote it
 * @param out   one clause, lower case, no full stop: cause and next thing to do; freed by the
 *              asker; left NULL: nothing special is known
 */
typedef cihsm_status (*odata_hint_fn)(void *user, long http_status, const char *path, char **out,
                                      cihsm_error *err);

/** Start with {0}: general advice is given. */
typedef struct odata_hint {
    odata_hint_fn write; /**< may be NULL */
    void *user;          /**< handed to write; borrowed */
    bool is_write;       /**< the request had a body: the general advice is about that */
} odata_hint;

/** @return true for 2xx. */
bool odata_is_success(long http_status);

/** @return the status of the library for an HTTP status; CIHSM_E_PROTOCOL for what is no error. */
cihsm_status odata_status_of(long http_status);

/**
 * True for a 500 that says what is wrong with the request: this server answers so to wrong keys and
 * missing filters, and asking again changes nothing.
 */
bool odata_is_request_fault(const http_response *response);

/**
 * Records "404 from tenant: <the server's words> (<path>); <next thing to do>".
 *
 * @param path  what was asked for, as the person wrote it
 * @return odata_status_of the answer
 */
cihsm_status odata_fail(const odata_hint *hint, const char *path, const http_response *response,
                        cihsm_error *err);

#endif
