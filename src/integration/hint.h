/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration/hint - what a person should do about a refused request.
 */
#ifndef INTEGRATION_HINT_H
#define INTEGRATION_HINT_H

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "integration/catalogue.h"

/**
 * Writes the clause for a 403 (odata_hint_fn): which role allows reading the path.
 *
 * @param path  unencoded, as for odata_result_open
 * @param out   yours (text_free); NULL for what the catalogue does not know: the general hint
 * serves
 */
CIHSM_NODISCARD cihsm_status integration_hint_403(const integration_catalogue *catalogue,
                                                  const char *path, char **out, cihsm_error *err);

/** The same for a write: which role allows it. @param path  also the name of a function import */
CIHSM_NODISCARD cihsm_status integration_hint_403_write(const integration_catalogue *catalogue,
                                                        const char *path, char **out,
                                                        cihsm_error *err);

/**
 * Writes the clause for a 404: which names of the catalogue look like the one that the path begins
 * with.
 *
 * @param out  yours (text_free); NULL where the name is known, or resembles none
 */
CIHSM_NODISCARD cihsm_status integration_hint_404(const integration_catalogue *catalogue,
                                                  const char *path, char **out, cihsm_error *err);

#endif
