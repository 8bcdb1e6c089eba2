/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot/engine - many GETs, several at a time, and what is done with each answer. One thread
 * does all. Borrows everything.
 *
 * Memory: the bodies of the requests that are under way.
 */
#ifndef SNAPSHOT_ENGINE_H
#define SNAPSHOT_ENGINE_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/path.h"
#include "http/patience.h"
#include "odata/service.h"

/** Jobs 0 to count - 1, begun in this order. A failure of a function ends the work. */
typedef struct snapshot_work {
    size_t count;
    /** Says what is to be asked for, as JSON unless it ends in "/$value"; "": nothing. */
    cihsm_status (*ask)(void *user, size_t job, char path[CIHSM_PATH_SIZE], cihsm_error *err);
    /** Takes an answer of 2xx. */
    cihsm_status (*take)(void *user, size_t job, const http_response *response, cihsm_error *err);
    /** Learns why there is none. @return @p why if nothing can go on, by passing it up */
    cihsm_status (*fail)(void *user, size_t job, const cihsm_error *why, cihsm_error *err);
    /** Told about ten times a second, with the number of jobs that are done. */
    void (*tell)(void *user, size_t done);
    void *user; /**< handed to all */
} snapshot_work;

typedef struct snapshot_engine {
    const odata_service *service;
    http_patience *patience; /**< its transport carries the requests */
    unsigned concurrency;    /**< 1 to CIHSM_SNAPSHOT_CONCURRENCY_MAX */
} snapshot_engine;

/** @retval CIHSM_E_CANCELED  the transport was told to end */
CIHSM_NODISCARD cihsm_status snapshot_engine_run(const snapshot_engine *engine,
                                                 const snapshot_work *work, cihsm_error *err);

#endif
