/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/request - what is done to a request before it is a message: its path is checked by the
 * catalogue and written as the server understands it.
 */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/write.h"

/** A request as it is sent. Start with {0}. */
typedef struct client_request {
    char *path; /**< NULL: the request's own */
    cihsm_request request;
} client_request;

/**
 * @param from  borrowed as long as @p out is used
 * @param out   released by client_request_free, whatever the result
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why
 */
CIHSM_NODISCARD cihsm_status client_request_address(const cihsm_request *from, client_request *out,
                                                    cihsm_error *err);
void client_request_free(client_request *of);

/**
 * Reads the service root out of a service key file.
 *
 * @param service_key  path; NULL: none is given, which is a failure
 * @param out          yours (text_free)
 */
CIHSM_NODISCARD cihsm_status client_request_root(const char *service_key, char **out,
                                                 cihsm_error *err);

#endif
