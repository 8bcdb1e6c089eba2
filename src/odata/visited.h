/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/visited - a set of links, to notice a server that leads in circles. Keeps 8 bytes a link.
 * Owns its table.
 */
#ifndef ODATA_VISITED_H
#define ODATA_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Start with {0}. */
typedef struct odata_visited {
    uint64_t *slots; /**< open addressing; 0 is free */
    size_t size;     /**< power of two */
    size_t count;
} odata_visited;

bool odata_visited_has(const odata_visited *visited, const char *link);
CIHSM_NODISCARD cihsm_status odata_visited_add(odata_visited *visited, const char *link,
                                               cihsm_error *err);
void odata_visited_free(odata_visited *visited);

#endif
