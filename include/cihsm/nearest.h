/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/nearest.h - which names somebody may have meant who wrote one that is not there.
 *
 * No state is kept: any thread may call. Source: the project's own.
 */
#ifndef CIHSM_NEAREST_H
#define CIHSM_NEAREST_H

#include <stddef.h>

#include "cihsm/api.h"

CIHSM_BEGIN_DECLS

#define CIHSM_NEAREST_MAX 3 /**< names that are told */

/**
 * Finds the names that hold the wanted one (or the other way round) or differ from it in few
 * characters. Case does not count; the one that differs least comes first. Keeps no state: any
 * thread may call it.
 *
 * @param names   @p count names; NULLs among them are passed over
 * @param wanted  what was written
 * @param out     the nearest first, borrowed from @p names
 * @return how many, at most CIHSM_NEAREST_MAX
 */
CIHSM_API size_t cihsm_nearest(const char *const *names, size_t count, const char *wanted,
                               const char *out[CIHSM_NEAREST_MAX]);

CIHSM_END_DECLS

#endif
