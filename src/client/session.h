/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/session - what the parts of a client share: its services over one transport, and the CSRF
 * token of its one session. Everything returned is borrowed and lives as long as the client.
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "cihsm/batch.h"
#include "cihsm/client.h"
#include "http/patience.h"
#include "odata/csrf.h"
#include "odata/service.h"

/** @return for reading: a 403 names the role that reading needs. */
const odata_service *client_service(const cihsm_client *client);

/** @return for writing: a 403 names the role that writing needs. */
odata_service client_write_service(const cihsm_client *client);

odata_csrf *client_csrf(cihsm_client *client);

/** @return for those who wait: canceled with the client. */
const clock_source *client_clock(const cihsm_client *client);

/** Waits until a batch may be sent (client/pacing.h). */
CIHSM_NODISCARD cihsm_status client_wait_batch(cihsm_client *client,
                                               const cihsm_operation *operations, size_t count,
                                               cihsm_error *err);

/** @return what retries and paces; for those who have several requests in flight. */
http_patience *client_patience(cihsm_client *client);

#endif
