/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/batch - sends a $batch and gives each operation its answer. It is sent once: again only
 * where the CSRF rules ask for it (odata/csrf.h).
 *
 * Source: docs/sap-contract.md section 6.4.
 */
#ifndef ODATA_BATCH_H
#define ODATA_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/batch.h"
#include "cihsm/error.h"
#include "odata/batch_read.h"
#include "odata/batch_write.h"
#include "odata/csrf.h"
#include "odata/service.h"
#include "odata/write.h"

/** Which part of a reply answers an operation. */
typedef struct odata_batch_place {
    size_t part;
    bool is_shared;   /**< the part is the one error of a change set with several operations */
    bool has_culprit; /**< is_shared: the part names the operation that failed */
    size_t culprit;   /**< has_culprit: its index */
} odata_batch_place;

/**
 * Finds the part of each operation: by Content-ID where a change set has them, else by order.
 *
 * @param places  room for @p count
 * @retval CIHSM_E_PROTOCOL  parts and operations do not match
 */
CIHSM_NODISCARD cihsm_status odata_batch_match(const cihsm_operation *operations, size_t count,
                                               const odata_batch_reply *reply,
                                               odata_batch_place *places, cihsm_error *err);

/** What became of one operation. Start with {0}. */
typedef struct odata_outcome {
    cihsm_error error; /**< status CIHSM_OK: it was done */
    bool is_culprit;   /**< it is this one that failed */
    long status;       /**< HTTP status */
    odata_answer answer;
} odata_outcome;

/** The services tell reads and writes apart in their hints; otherwise they are the same one. */
typedef struct odata_batch_services {
    const odata_service *read;
    const odata_service *write;
    odata_csrf *csrf;
} odata_batch_services;

/**
 * Sends a batch.
 *
 * @param message   of the operations
 * @param outcomes  room for @p count, each {0}; released by odata_outcome_free, whatever the result
 * @return as cihsm_client_batch
 */
CIHSM_NODISCARD cihsm_status odata_batch_send(const odata_batch_services *services,
                                              const odata_batch_message *message,
                                              const cihsm_operation *operations, size_t count,
                                              odata_outcome *outcomes, cihsm_error *err);

void odata_outcome_free(odata_outcome *outcome);

#endif
