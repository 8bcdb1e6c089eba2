/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/patience_exchange - the exchanges of a patient transport: those that have to wait are not
 * with the transport below meanwhile, and nothing of a failed attempt is shown.
 */
#ifndef HTTP_PATIENCE_EXCHANGE_H
#define HTTP_PATIENCE_EXCHANGE_H

#include "http/patience.h"

/** The functions of http_transport; the context is a http_patience. */
cihsm_status patience_exchange_start(void *context, const http_request *request,
                                     http_exchange *exchange, cihsm_error *err);
cihsm_status patience_exchange_wait(void *context, long timeout_ms, cihsm_error *err);
void patience_exchange_cancel(void *context, http_exchange *exchange);
void patience_exchange_wake(void *context);

/** Before a call of the transport below: it finds its exchanges as it left them. */
void patience_exchange_reveal(http_patience *of);

/** After a call of the transport below: hides, starts again, or lets go. */
void patience_exchange_review(http_patience *of);

#endif
