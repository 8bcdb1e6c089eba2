/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/message_seen - which entries were seen in the window of time before, so that windows that
 * overlap show each of them once. Holds a number an entry.
 */
#ifndef CLI_MESSAGE_SEEN_H
#define CLI_MESSAGE_SEEN_H

#include <stdint.h>

#include "cli/env.h"

typedef struct message_numbers {
    uint64_t *items;
    size_t count;
    size_t room;
} message_numbers;

/** Start with {0}. */
typedef struct message_seen {
    message_numbers before; /* sorted: of the window before */
    message_numbers now;    /* of the present one */
} message_seen;

/**
 * Notes an entry of the present window. One that ended again, or has another status, is another.
 *
 * @param is_new  it was not in the window before
 */
CIHSM_NODISCARD cihsm_status message_seen_note(message_seen *seen, const cihsm_value *entry,
                                               bool *is_new, cihsm_error *err);

/**
 * Ends the present window.
 *
 * @param is_whole  all of it was read; else what was seen before counts on
 */
CIHSM_NODISCARD cihsm_status message_seen_end(message_seen *seen, bool is_whole, cihsm_error *err);

void message_seen_free(message_seen *seen);

#endif
