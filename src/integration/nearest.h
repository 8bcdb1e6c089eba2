/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/nearest - names of the catalogue that look like one that is not in it.
 */
#ifndef INTEGRATION_NEAREST_H
#define INTEGRATION_NEAREST_H

#include <stddef.h>

#include "cihsm/error.h"
#include "integration/catalogue.h"

#define NEAREST_MAX 3 /**< names that are told */

/**
 * Finds the entity sets and function imports whose names hold the wanted one (or the other way
 * round) or differ from it in few characters; case does not count.
 *
 * @param out  the nearest first, borrowed from the catalogue
 * @return how many
 */
size_t integration_nearest(const integration_catalogue *catalogue, const char *wanted,
                           const char *out[NEAREST_MAX]);

/** integration_nearest as the end of a message: "did you mean A, B or C"; @p otherwise if none. */
CIHSM_NODISCARD cihsm_status integration_nearest_text(const integration_catalogue *catalogue,
                                                      const char *wanted, const char *otherwise,
                                                      char **out, cihsm_error *err);

#endif
