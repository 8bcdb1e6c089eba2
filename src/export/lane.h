/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/lane - one request at a time for one slice after the other. The thread of the network and
 * those that write hand lanes to each other; who has one may use all of it.
 */
#ifndef EXPORT_LANE_H
#define EXPORT_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/error.h"
#include "export/slice.h"
#include "http/flight.h"
#include "http/transport.h"

typedef enum export_lane_state {
    EXPORT_LANE_IDLE = 0, /**< has no slice */
    EXPORT_LANE_READY,    /**< has a question, which may be asked from due_us on */
    EXPORT_LANE_FLYING,   /**< its request is in flight */
    EXPORT_LANE_WRITING   /**< with the writers */
} export_lane_state;

typedef struct export_lane {
    export_lane_state state;
    export_slice slice;
    char *url;                /**< of the question; NULL: not made yet */
    http_exchange exchange;   /**< keeps the memory of its body */
    http_attempts attempts;   /**< of this question */
    int64_t due_us;           /**< by the patience's clock */
    export_outcome outcome;   /**< of the writers */
    cihsm_error failure;      /**< of the writers */
    struct export_lane *next; /**< in a queue */
} export_lane;

#endif
