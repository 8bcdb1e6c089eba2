/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/retry - whether and when a request is sent again. Decisions only: no clock, no network, no
 * chance; the caller hands everything in. http/patience carries them out.
 *
 * Source: RFC 9110 sections 9.2.2 and 10.2.3; docs/sap-contract.md sections 5.6 and 9.
 */
#ifndef HTTP_RETRY_H
#define HTTP_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/transport.h"

#define HTTP_RETRY_ATTEMPTS 5 /* of one request, the first included */

/** What was done for one request so far. */
typedef struct http_effort {
    const char *method;
    unsigned attempts;  /**< the one that just ended included */
    int64_t elapsed_ms; /**< since the first one began */
    int64_t budget_ms;  /**< from the first one's begin to the last one's; 0: never again */
} http_effort;

/** How an attempt ended. */
typedef struct http_outcome {
    cihsm_status status;   /**< CIHSM_OK: there is a complete answer */
    long http_status;      /**< of the answer */
    long retry_after_s;    /**< seconds, 0: the server (or the token server) names none */
    bool was_sent;         /**< a part of the request may have left */
    bool is_final;         /**< as in http_response: the network has no part in it */
    bool is_request_fault; /**< a 500 that says what is wrong with the request */
} http_outcome;

typedef enum http_verdict {
    HTTP_FINAL = 0, /**< an answer, or a failure that repeating does not heal */
    HTTP_AGAIN,     /**< after delay_ms */
    HTTP_GIVEN_UP,  /**< attempts or time are used up */
    HTTP_TOO_LONG   /**< the server asks for a longer wait than the budget leaves */
} http_verdict;

typedef struct http_advice {
    http_verdict verdict;
    int64_t delay_ms; /**< for HTTP_AGAIN */
} http_advice;

/** True for a failure that tells what a token server said, which is asked before the request is
 *  sent. */
bool http_retry_is_of_token_server(cihsm_status status);

/** True for what changes nothing. */
bool http_is_safe(const char *method);

/** True for what does no harm if it is carried out twice. */
bool http_is_idempotent(const char *method);

/** @param random  any 32 bits; decides the delay where the server names none (full jitter) */
http_advice http_retry_decide(const http_effort *effort, const http_outcome *outcome,
                              uint32_t random);

/** True if the attempt may have been carried out, whatever its answer says. */
bool http_retry_may_be_done(const http_outcome *outcome);

/** Writes what a final message should add about the effort: one clause, or "". */
void http_retry_note(const http_advice *advice, const http_effort *effort,
                     const http_outcome *outcome, char out[HTTP_NOTE_SIZE]);

/** Writes how an attempt ended: "status 503", "no connection". */
void http_retry_reason(const http_outcome *outcome, char *out, size_t size);

/** Next 32 bits of a sequence that *state decides (splitmix64); good for jitter only. */
uint32_t http_retry_random(uint64_t *state);

#endif
