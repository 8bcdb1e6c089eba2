/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/write - one request with a body, and what the service said to it. Nothing is repeated here
 * but what the CSRF rules ask for (odata/csrf.h).
 *
 * Source: docs/sap-contract.md sections 6.1 and 6.2.
 */
#ifndef ODATA_WRITE_H
#define ODATA_WRITE_H

#include "base/buffer.h"
#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/value.h"
#include "cihsm/write.h"
#include "http/transport.h"
#include "odata/csrf.h"
#include "odata/page.h"
#include "odata/service.h"

#define ODATA_WRITE_HEADERS 4

/** A request as it goes out, but for the CSRF token. Start with {0}. */
typedef struct odata_message {
    char *url;
    buffer body; /* of a value; else the request's own bytes are sent */
    http_header headers[ODATA_WRITE_HEADERS];
    http_request http; /* points to the above and into the request */
} odata_message;

/**
 * Makes the message of a request, which is borrowed as long as the message lives.
 *
 * @param out  released by odata_message_free, whatever the result; stays in its place
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why
 */
CIHSM_NODISCARD cihsm_status odata_message_make(const char *root, const cihsm_request *request,
                                                odata_message *out, cihsm_error *err);
void odata_message_free(odata_message *message);

/** @return true if the method needs a CSRF token: all but GET. */
bool odata_is_write(const char *method);

/** Writes a message as text; see cihsm_request_describe. */
CIHSM_NODISCARD cihsm_status odata_message_print(const odata_message *message, const char *root,
                                                 cihsm_write_fn write, void *user,
                                                 cihsm_error *err);

/** What came of a request. Start with {0}. */
typedef struct odata_answer {
    http_response response;
    odata_page page; /* kind BYTES: no JSON */
} odata_answer;

/**
 * Sends a request.
 *
 * @param csrf  of the session of the service's transport
 * @param out   released by odata_answer_free, whatever the result
 * @return as cihsm_client_send
 */
CIHSM_NODISCARD cihsm_status odata_send(const odata_service *service, odata_csrf *csrf,
                                        const cihsm_request *request, odata_answer *out,
                                        cihsm_error *err);

/**
 * Reads an answer that arrived. One that is no success fails as odata_fail says.
 *
 * @param path    as the person wrote it
 * @param answer  its response is there; its page is filled
 */
CIHSM_NODISCARD cihsm_status odata_answer_read(const odata_service *service, const char *path,
                                               odata_answer *answer, cihsm_error *err);

void odata_answer_free(odata_answer *answer);

#endif
