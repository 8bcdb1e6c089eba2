/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/answer - what a token server says: a token, or why there is none.
 * A token lives in a cihsm_secret; the parsed document is wiped.
 */
#ifndef AUTH_ANSWER_H
#define AUTH_ANSWER_H

#include <stdint.h>

#include "cihsm/secret.h"
#include "cihsm/service_key.h"
#include "http/transport.h"

typedef struct auth_token {
    cihsm_secret *header; /**< "Bearer ...", the value of the header Authorization */
    int64_t lifetime_s;   /**< 0: the server did not say */
} auth_token;

/** Who was asked, for messages. Borrowed. */
typedef struct auth_asked {
    const char *url;               /**< the server's, of an endpoint */
    const char *path;              /**< the service key file */
    bool by_certificate;           /**< else by client secret */
    const char *advice;            /**< what to do about a 401; NULL: the general advice */
    const cihsm_secret *forbidden; /**< never repeated, even if the server does; may be NULL */
} auth_asked;

/**
 * Reads a token out of an answer.
 *
 * @param out  yours; auth_token_free
 *
 * @retval CIHSM_E_REFUSED   401 or 403, with the server's reason and what to do
 * @retval CIHSM_E_CONFIG    404: no token server at that address
 * @retval CIHSM_E_BUSY, CIHSM_E_SERVER, CIHSM_E_REJECTED  by HTTP status
 * @retval CIHSM_E_PROTOCOL  no JSON, no token, not a bearer token, a lifetime that is none
 */
CIHSM_NODISCARD cihsm_status auth_answer_token(const http_response *answer, const auth_asked *asked,
                                               auth_token *out, cihsm_error *err);

/**
 * Records why an answer is no success: the server's words, then what to do. Never CIHSM_OK.
 */
cihsm_status auth_answer_fail(const http_response *answer, const auth_asked *asked,
                              cihsm_error *err);

/** Wipes; start with {0}. */
void auth_token_free(auth_token *token);

#endif
