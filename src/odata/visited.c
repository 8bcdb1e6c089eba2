/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/visited.h"

#include <stdlib.h>

#include "base/error.h"

#define FIRST_SIZE 64

/* FNV-1a, 64 bits: a million pages collide with a chance of one to 37 million. Who chooses links
 * that collide ends only the paging of the own answer. */
static uint64_t hash(const char *link)
{
    uint64_t value = 0xcbf29ce484222325U;
    for (const char *at = link; *at != '\0'; at++) {
        value = (value ^ (unsigned char)*at) * 0x100000001b3U;
    }
    return value == 0 ? 1 : value;
}

/* The slot that holds the value, or the free one where it belongs. */
static size_t slot_of(const uint64_t *slots, size_t size, uint64_t value)
{
    size_t at = (size_t)(value ^ (value >> 32)) & (size - 1);
    while (slots[at] != 0 && slots[at] != value) {
        at = (at + 1) & (size - 1);
    }
    return at;
}

static cihsm_status grow(odata_visited *visited, cihsm_error *err)
{
    const size_t size = visited->size == 0 ? FIRST_SIZE : visited->size * 2;
    uint64_t *slots = calloc(size, sizeof *slots);
    if (slots == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < visited->size; i++) {
        if (visited->slots[i] != 0) {
            slots[slot_of(slots, size, visited->slots[i])] = visited->slots[i];
        }
    }
    free(visited->slots);
    visited->slots = slots;
    visited->size = size;
    return CIHSM_OK;
}

bool odata_visited_has(const odata_visited *visited, const char *link)
{
    if (visited->size == 0) {
        return false;
    }
    return visited->slots[slot_of(visited->slots, visited->size, hash(link))] != 0;
}

cihsm_status odata_visited_add(odata_visited *visited, const char *link, cihsm_error *err)
{
    if (visited->count * 2 >= visited->size) {
        CIHSM_TRY(grow(visited, err));
    }
    const uint64_t value = hash(link);
    const size_t at = slot_of(visited->slots, visited->size, value);
    if (visited->slots[at] == 0) {
        visited->slots[at] = value;
        visited->count++;
    }
    return CIHSM_OK;
}

void odata_visited_free(odata_visited *visited)
{
    free(visited->slots);
    *visited = (odata_visited){0};
}
