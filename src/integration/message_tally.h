/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/message_tally - what a tally holds: flows, and the messages of them that are
 * remembered. message_tally.c fills it, message_report.c reads it.
 */
#ifndef INTEGRATION_MESSAGE_TALLY_H
#define INTEGRATION_MESSAGE_TALLY_H

#include <stdbool.h>

#include "cihsm/message.h"

typedef struct message_flow {
    char *id;   /* "" where an entry tells none */
    char *name; /* may be NULL, like the rest */
    char *package;
    char *last; /* latest LogEnd */
    int64_t count;
    size_t samples;
} message_flow;

typedef struct message_sample {
    size_t flow; /* index */
    char *id;
    char *end;   /* LogEnd; may be NULL */
    char *error; /* NULL: not told */
} message_sample;

struct cihsm_message_tally {
    size_t samples_max; /* of each flow */
    message_flow *flows;
    size_t flow_count;
    size_t flow_room;
    size_t latest; /* flow of the entry before: entries of one come together */
    message_sample *samples;
    size_t sample_count;
    size_t sample_room;
};

#endif
