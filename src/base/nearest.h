/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/nearest - the names that look most like a wanted one, of a list that is gone through once.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#include "cihsm/error.h"
#include "cihsm/nearest.h"

/** The best so far. Start with {0}. */
typedef struct nearest_names {
    const char *names[CIHSM_NEAREST_MAX]; /**< the nearest first, borrowed from the caller */
    size_t differences[CIHSM_NEAREST_MAX];
    size_t count;
} nearest_names;

/** Keeps the name if it is among the nearest to @p wanted; see cihsm_nearest. */
void nearest_offer(nearest_names *of, const char *wanted, const char *name);

/** The names as the end of a message: "did you mean A, B or C?"; @p otherwise if there are none. */
CIHSM_NODISCARD cihsm_status nearest_text(const char *const names[CIHSM_NEAREST_MAX], size_t count,
                                          const char *otherwise, char **out, cihsm_error *err);

#endif
