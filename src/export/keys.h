/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export/keys - the keys that were seen: 128 bits of a SHA-256 each, not their texts. Remembers at
 * least the last EXPORT_KEYS_MIN, whatever the number, in at most 16 MiB.
 */
#ifndef EXPORT_KEYS_H
#define EXPORT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

#define EXPORT_KEYS_MIN ((size_t)1 << 18)

/** Never all zero. */
typedef struct export_key {
    uint64_t a;
    uint64_t b;
} export_key;

/** Open addressing; {0, 0} is free. */
typedef struct export_keys_table {
    export_key *slots;
    size_t size; /**< power of two, or 0 */
    size_t count;
} export_keys_table;

/** Two generations: when the young one is full, it takes the place of the old one. Start with {0}.
 */
typedef struct export_keys {
    export_keys_table young;
    export_keys_table old;
} export_keys;

/** @param is_new  out: false if it was seen before */
CIHSM_NODISCARD cihsm_status export_keys_add(export_keys *keys, export_key key, bool *is_new,
                                             cihsm_error *err);

/** Forgets all and frees. */
void export_keys_free(export_keys *keys);

#endif
