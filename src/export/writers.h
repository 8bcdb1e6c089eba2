/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/writers - the threads that turn answers into files. Owns them and their scribes.
 */
#ifndef EXPORT_WRITERS_H
#define EXPORT_WRITERS_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "export/lane.h"
#include "export/style.h"
#include "http/transport.h"

#define EXPORT_WRITERS 4 /**< some wait for the disk */

typedef struct export_writers export_writers;

/**
 * Starts the threads.
 *
 * @param style      borrowed
 * @param transport  its wake is called when an answer was written; its context is borrowed
 */
CIHSM_NODISCARD cihsm_status export_writers_start(export_style *style,
                                                  const http_transport *transport,
                                                  export_writers **out, cihsm_error *err);

/** Hands over a lane with a complete answer. */
void export_writers_give(export_writers *of, export_lane *lane);

/** @return a lane whose answer was taken; NULL: none. */
export_lane *export_writers_take(export_writers *of);

/** @return CSV: members of entries in no column; for a time when no lane is with the writers. */
uint64_t export_writers_left_out(const export_writers *of);

/** Waits for the answers in work, leaves the others, ends the threads, sets *of to NULL. */
void export_writers_stop(export_writers **of);

#endif
