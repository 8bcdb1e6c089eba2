/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/pacing - the client's patience: how long it tries again, and how far below the tenant's
 * rate limits it stays (docs/sap-contract.md section 9).
 */
#ifndef CLIENT_PACING_H
#define CLIENT_PACING_H

#include "cihsm/batch.h"
#include "cihsm/client.h"
#include "http/patience.h"
#include "integration/catalogue.h"

/** The client's; stays in its place. */
typedef struct pacing {
    http_patience patience;
    const integration_catalogue *catalogue;
    const char *root; /* borrowed */
    double share;     /* of the user's limit; 0: no limit */
} pacing;

/**
 * @param root   service root of the tenant; borrowed, as the config's log
 * @param below  what really sends
 */
CIHSM_NODISCARD cihsm_status pacing_open(pacing *of, const cihsm_client_config *config,
                                         const char *root, http_transport below, cihsm_error *err);

/**
 * Waits until a batch may be sent. It counts as one request of each group that it has operations
 * of: how the tenant counts it is not documented (docs/sap-contract.md section 10).
 *
 * @param operations  with addressed paths
 * @retval CIHSM_E_CANCELED  it is not to be sent
 */
CIHSM_NODISCARD cihsm_status pacing_wait_batch(pacing *of, const cihsm_operation *operations,
                                               size_t count, cihsm_error *err);

/** {0} is fine. */
void pacing_close(pacing *of);

#endif
