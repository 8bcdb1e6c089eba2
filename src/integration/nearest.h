/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/nearest - names of the catalogue that look like one that is not in it.
 */
#ifndef INTEGRATION_NEAREST_H
#define INTEGRATION_NEAREST_H

#include <stddef.h>

#include "base/nearest.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/**
 * Finds the entity sets and function imports whose names hold the wanted one (or the other way
 * round) or differ from it in few characters; case does not count.
 *
 * @param out  the nearest first, borrowed from the catalogue
 * @return how many
 */
size_t integration_nearest(const integration_catalogue *catalogue, const char *wanted,
                           const char *out[CIHSM_NEAREST_MAX]);

/** Like integration_nearest, function imports only. */
size_t integration_nearest_function(const integration_catalogue *catalogue, const char *wanted,
                                    const char *out[CIHSM_NEAREST_MAX]);

/** Like integration_nearest among the properties and navigations of a resource. */
size_t integration_nearest_property(const cihsm_value *resource, const char *wanted,
                                    const char *out[CIHSM_NEAREST_MAX]);

/** Like integration_nearest among the items of an array of {"name"}. */
size_t integration_nearest_named(const cihsm_value *items, const char *wanted,
                                 const char *out[CIHSM_NEAREST_MAX]);

/** integration_nearest as the end of a message: "did you mean A, B or C?"; @p otherwise if none. */
CIHSM_NODISCARD cihsm_status integration_nearest_text(const integration_catalogue *catalogue,
                                                      const char *wanted, const char *otherwise,
                                                      char **out, cihsm_error *err);

#endif
