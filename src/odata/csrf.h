/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/csrf - the token that writes need. It belongs to a session, whose cookies the transport
 * keeps. Owns the token.
 *
 * Source: docs/sap-contract.md section 6.1.
 */
#ifndef ODATA_CSRF_H
#define ODATA_CSRF_H

#include <stdbool.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"
#include "http/transport.h"
#include "odata/service.h"

/** Of one session. Start with {0}. */
typedef struct odata_csrf {
    bool is_asked;       /**< the tenant was asked for a token */
    cihsm_secret *token; /**< NULL: it gave none, then writes go without */
} odata_csrf;

/**
 * Sends a write with the token, which is fetched before the first one. Where the tenant asks for
 * another (403 and "X-CSRF-Token: Required", so nothing was done) it is fetched anew and the write
 * repeated, once.
 *
 * @param response  the last answer, any HTTP status
 */
CIHSM_NODISCARD cihsm_status odata_csrf_send(odata_csrf *csrf, const odata_service *service,
                                             const http_request *request, http_response *response,
                                             cihsm_error *err);

/** @return true if the tenant refused a write because of the token. */
bool odata_csrf_is_refused(const http_response *response);

/** Records what odata_csrf_is_refused tells. */
cihsm_status odata_csrf_fail(const http_response *response, cihsm_error *err);

/** Wipes the token. */
void odata_csrf_free(odata_csrf *csrf);

#endif
